import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Ledger, type LedgerOptions, readLedger } from '../../../scripts/collect/table/ledger.ts'
import { orderRows } from '../../../scripts/collect/table/order.ts'
import { plainWord } from '../../../scripts/collect/table/values/verdict.ts'
import { rowWarnings } from '../../../scripts/collect/warnings.ts'

const nothing: LedgerOptions = { metric: null, columns: {}, goal: null, statuses: new Map() }
const bytes = (text: string) => new TextEncoder().encode(text)
const read = (text: string, wishes: Partial<LedgerOptions> = {}): Ledger =>
  readLedger(bytes(text), 'results.tsv', { ...nothing, ...wishes })
const tsv = (...rows: string[][]) => rows.map(row => `${row.join('\t')}\n`).join('')
const canonical = ['commit', 'val_bpb', 'memory_gb', 'status', 'description']
/** A table of five columns with these values and statuses. */
const table = (rows: [string, string][], metric = 'val_bpb') =>
  tsv(
    ['commit', metric, 'memory_gb', 'status', 'description'],
    ...rows.map(([value, status], i) => [`abc${i}def`, value, '1.5', status, `change ${i}`]),
  )
const metrics = (ledger: Ledger) => ledger.rows.map(row => row.metric)
const codes = (ledger: Ledger) => ledger.notes.map(({ code }) => code)
const columns = (ledger: Ledger) =>
  Object.fromEntries(ledger.columns.flatMap(({ name, as }) => (as === null ? [] : [[as, name]])))

test('the five columns of karpathy/autoresearch are recognised', () => {
  const ledger = read(
    tsv(
      canonical,
      ['a1b2c3d', '0.997900', '44.0', 'keep', 'baseline'],
      ['b1b2c3d', '0.000000', '0.0', 'crash', 'too large'],
    ),
  )
  expect(ledger.metric).toMatchObject({ name: 'val_bpb', goal: 'minimize', sure: true })
  expect(ledger.rows[0]).toMatchObject({
    line: 2,
    commit: 'a1b2c3d',
    metric: 0.9979,
    memoryMb: 44 * 1024,
    as: 'keep',
    description: 'baseline',
  })
  expect(ledger.rows[1]).toMatchObject({ as: 'crash', metric: null, memoryMb: null })
  expect(ledger.notes).toEqual([])
})

describe('columns', () => {
  const row = { sha: 'a1b2c3d', verdict: 'keep', loss: '2.5', idea: 'the start' }
  const header = ['sha', 'steps', 'eval_loss', 'verdict', 'idea']
  const line = [row.sha, '120', row.loss, row.verdict, row.idea]

  test('common column names are recognised, extra columns stay with their rows', () => {
    const ledger = read(tsv(header, line))
    expect(columns(ledger)).toEqual({ commit: 'sha', metric: 'eval_loss', status: 'verdict', description: 'idea' })
    expect(ledger.rows[0]).toMatchObject({ metric: 2.5, as: 'keep', cells: { steps: '120' } })
  })

  test('columns with unknown names are recognised by content, and marked uncertain', () => {
    const ledger = read(
      tsv(
        ['x', 'y', 'zz', 'w'],
        ['a1b2c3d', '0.51', 'keep', 'the very first'],
        ['b1b2c3d', '0.42', 'discard', 'another idea'],
      ),
      { goal: 'minimize' },
    )
    expect(columns(ledger)).toEqual({ commit: 'x', metric: 'y', status: 'zz', description: 'w' })
    expect(ledger.columns.every(({ sure }) => !sure)).toBe(true)
  })

  test('without a header columns are recognised by content', () => {
    const ledger = read(
      table([
        ['0.9', 'keep'],
        ['0.8', 'keep'],
        ['0.7', 'keep'],
      ])
        .split('\n')
        .slice(1)
        .join('\n'),
      {},
    )
    expect(
      ledger.rows.map(({ line, metric, as, memoryMb, description }) => [line, metric, as, memoryMb, description]),
    ).toEqual([
      [1, 0.9, 'keep', 1536, 'change 0'],
      [2, 0.8, 'keep', 1536, 'change 1'],
      [3, 0.7, 'keep', 1536, 'change 2'],
    ])
    expect(ledger.metric).toMatchObject({ name: 'metric', goal: 'minimize', sure: false })
    expect(codes(ledger)).toContain('no-name')
  })

  test('--column and --metric override the roles, by name or number', () => {
    const text = tsv(['id', 'a', 'b', 'state'], ['r1', '1.5', '7.25', 'keep'], ['r2', '1.4', '7.35', 'drop it'])
    const wishes = { metric: 'b', goal: 'maximize', columns: { description: '1', status: 'state' } } as const
    const ledger = read(text, { ...wishes, statuses: new Map([[plainWord('Drop it'), 'discard']]) })
    expect(columns(ledger)).toMatchObject({ metric: 'b', description: 'id', status: 'state' })
    expect(ledger.rows.map(({ metric, as }) => [metric, as])).toEqual([
      [7.25, 'keep'],
      [7.35, 'discard'],
    ])
    expect(() => read(text, { columns: { status: 'verdict' } })).toThrow('no such column')
    expect(() => read(text, { metric: 'val_bpb' })).toThrow('no such column')
    expect(read(text, { metric: 'sharpe', columns: { metric: 'b' } }).metric).toMatchObject({
      name: 'sharpe',
      goal: 'maximize',
    })
  })

  test('a validation metric ranks above a training metric', () => {
    const ledger = read(tsv(['commit', 'train_loss', 'val_loss', 'status'], ['a1b2c3d', '1.5', '2.5', 'keep']))
    expect(ledger.metric.name).toBe('val_loss')
    expect(ledger.columns[2]).toMatchObject({ sure: true, why: "Its name is a metric's." })
  })

  test('without a status column no row is a keep', () => {
    const ledger = read(tsv(['commit', 'val_bpb', 'description'], ['a1b2c3d', '0.9', 'one'], ['b1b2c3d', '0.8', 'two']))
    expect(ledger.rows.map(row => row.as)).toEqual(['unknown', 'unknown'])
    expect(ledger.notes).toMatchObject([
      { code: 'no-status', text: '2 rows have no status: what was done with them is not known.' },
    ])
  })

  test('notes on one row or value are of one', () => {
    const text = tsv(['commit', 'fps', 'status'], ['a1b2c3d', '1,095', 'keep'], ['b1b2c3d', '1095 fps', ''])
    expect(read(text).notes.map(({ text }) => text)).toEqual([
      '1 row has no status: what was done with it is not known.',
      '1 value has separators of thousands.',
      '1 value has a unit or a remark behind it, which is left out.',
    ])
  })
})

describe('statuses', () => {
  test.each([
    ['keep', 'keep'],
    ['KEEP', 'keep'],
    ['**Kept**', 'keep'],
    ['best', 'keep'],
    ['New best!', 'keep'],
    ['accepted', 'keep'],
    ['✅', 'keep'],
    ['keep (tie)', 'keep'],
    ['rejected', 'discard'],
    ['Reverted', 'discard'],
    ['no improvement', 'discard'],
    ['❌', 'discard'],
    ['OOM', 'crash'],
    ['timed out', 'timeout'],
    ['tentative', 'unknown'],
    ['best-at-250', 'unknown'],
    ['not kept', 'unknown'],
    ['keep?', 'keep'],
    ['ok', 'unknown'],
    ['?', 'unknown'],
    ['keep or discard', 'unknown'],
  ])('“%s” is read as %s', (word, as) => {
    expect(
      read(
        table([
          ['0.9', 'baseline'],
          ['0.8', word],
        ]),
      ).rows[1]?.as,
    ).toBe(as)
  })

  test('yes and no are statuses only in a column such as "kept"', () => {
    const asked = read(tsv(['commit', 'val_bpb', 'kept'], ['a1b2c3d', '0.9', 'yes'], ['b1b2c3d', '0.8', 'no']))
    expect(asked.rows.map(row => row.as)).toEqual(['keep', 'discard'])
    expect(
      read(
        table([
          ['0.9', 'yes'],
          ['0.8', 'no'],
        ]),
      ).rows.map(row => row.as),
    ).toEqual(['unknown', 'unknown'])
  })

  test('the first baseline is a keep, a later one is not', () => {
    expect(
      read(
        table([
          ['0.9', 'baseline'],
          ['0.91', 'baseline'],
        ]),
      ).rows.map(row => row.as),
    ).toEqual(['keep', 'unknown'])
  })
})

describe('numbers', () => {
  test.each([
    ['0.9979', 0.9979],
    ['1,234.5', 1234.5],
    ["12'345.5", 12345.5],
    ['1.234,5', 1234.5],
    ['0,998', 0.998],
    ['−1.5', -1.5],
    ['1e-3', 0.001],
    ['~0.91', 0.91],
    ['0.91 ± 0.01', 0.91],
    ['44.0 GB', 44],
    ['0.9979 (best)', 0.9979],
    ['**0.9**', 0.9],
    ['"0.9"', 0.9],
    ['null', null],
    ['—', null],
    ['-', null],
    ['NaN', null],
    ['inf', null],
    ['N/A', null],
    ['', null],
    ['OOM', null],
  ])('“%s” is %s', (text, value) => {
    expect(
      metrics(
        read(
          table([
            ['0.5', 'keep'],
            [text, 'discard'],
          ]),
        ),
      )[1],
    ).toBe(value)
  })

  test('percent signs on all values are the unit; on some values they mean fractions', () => {
    const all = read(
      table(
        [
          ['91.5%', 'keep'],
          ['92.5 %', 'keep'],
        ],
        'accuracy',
      ),
    )
    expect([metrics(all), all.metric.unit]).toEqual([[91.5, 92.5], '%'])
    const some = read(
      table(
        [
          ['0.915', 'keep'],
          ['92.5%', 'keep'],
        ],
        'accuracy',
      ),
    )
    expect([metrics(some), some.metric.unit, codes(some)]).toEqual([[0.915, 0.925], null, ['percent']])
  })

  test('if one value has a decimal comma, commas are decimal points in all values', () => {
    expect(
      metrics(
        read(
          table([
            ['0,998', 'keep'],
            ['1,234', 'discard'],
            ['1,2', 'discard'],
          ]),
        ),
      ),
    ).toEqual([0.998, 1.234, 1.2])
    expect(
      metrics(
        read(
          table([
            ['1,234', 'keep'],
            ['1,230', 'keep'],
          ]),
        ),
      ),
    ).toEqual([1234, 1230])
  })

  test('failed rows are not measured, nor are zeros without memory', () => {
    const text = tsv(
      canonical,
      ['a', '0.9', '4', 'keep', ''],
      ['b', '1.7', '4', 'crash', ''],
      ['c', '0.000000', '0.0', 'discard', ''],
    )
    const ledger = read(text)
    expect(ledger.rows.map(({ metric, as }) => [metric, as])).toEqual([
      [0.9, 'keep'],
      [null, 'crash'],
      [null, 'discard'],
    ])
    expect(ledger.notes).toMatchObject([
      { code: 'zero-value', lines: [4] },
      { code: 'failed-value', lines: [3], text: '1 row failed, so its value is no measurement.' },
    ])
  })
})

describe('the goal', () => {
  test.each([
    ['val_bpb', 'minimize'],
    ['test_rmse', 'minimize'],
    ['valLoss', 'minimize'],
    ['accuracy', 'maximize'],
    ['ndcg@10', 'maximize'],
    ['Sharpe', 'maximize'],
    ['psnr_db', 'maximize'],
    ['fps', 'maximize'],
    ['word_error_rate', 'minimize'],
  ] as const)('the name %s says %s', (name, goal) => {
    expect(read(table([['0.9', 'keep']], name)).metric).toMatchObject({ goal, sure: true })
  })

  test('is inferred from the order of the kept rows if the name is unknown', () => {
    const up = read(
      table(
        [
          ['0.1', 'keep'],
          ['0.05', 'discard'],
          ['0.2', 'keep'],
          ['0.3', 'keep'],
        ],
        'score',
      ),
    )
    expect(up.metric).toMatchObject({
      goal: 'maximize',
      sure: false,
      why: 'In 2 of 2 steps from one kept row to the next it rose.',
    })
  })

  test('is an error that names --goal if neither is clear', () => {
    expect(() =>
      read(
        table(
          [
            ['0.1', 'keep'],
            ['0.05', 'discard'],
          ],
          'toffoli',
        ),
      ),
    ).toThrow(expect.objectContaining({ advice: expect.stringContaining('--goal minimize') }))
    expect(read(table([['0.1', 'keep']], 'toffoli'), { metric: 'toffoli', goal: 'maximize' }).metric).toMatchObject({
      goal: 'maximize',
      sure: true,
    })
  })

  test('is uncertain if the kept rows contradict the name', () => {
    expect(
      read(
        table(
          [
            ['0.9', 'keep'],
            ['0.8', 'keep'],
            ['0.7', 'keep'],
          ],
          'accuracy',
        ),
      ).metric,
    ).toMatchObject({ goal: 'maximize', sure: false })
  })
})

describe('lines', () => {
  const row = (n: number) => [`a1b2c${n}d`, `0.9${n}`, '1.0', 'keep', `change ${n}`]

  test('a byte order mark, carriage returns and a missing final newline do not matter', () => {
    const text = tsv(canonical, row(1), row(2))
    const plain = read(text)
    for (const odd of [`\ufeff${text}`, text.replaceAll('\n', '\r\n'), text.trimEnd()]) {
      const ledger = read(odd)
      expect([ledger.rows, ledger.columns]).toEqual([plain.rows, plain.columns])
    }
    const wide = new Uint8Array(Buffer.from(`\ufeff${text}`, 'utf16le'))
    expect(readLedger(wide, 'x', nothing).rows).toEqual(plain.rows)
  })

  test('quoted CSV and Markdown tables are read too', () => {
    const csv =
      'commit,val_bpb,status,description\na1b2c3d,0.9,keep,"first, and ""best"""\nb1b2c3d,0.8,keep,last, unquoted\n'
    expect(read(csv).rows.map(row => row.description)).toEqual(['first, and "best"', 'last, unquoted'])
    const markdown =
      '# My session\n\n| Commit | Val BPB | Status | What |\n|---|--:|:-:|---|\n| `a1b2c3d` | 0.9 | **keep** | a \\| b |\n'
    const ledger = read(markdown)
    expect(ledger.rows).toMatchObject([{ line: 5, commit: 'a1b2c3d', metric: 0.9, as: 'keep', description: 'a | b' }])
    expect(ledger.table).toMatchObject({
      headers: [3, 4],
      blank: [2],
      aside: [{ what: 'of text', lines: [1] }],
      unread: [],
    })
  })

  test('text between rows is listed with its line number and the reason it was not read', () => {
    const text = `${tsv(canonical, row(1))}\nNow I try something else, with care\n======\n${tsv(row(2), ['x', 'much', 'too', 'odd', 'y'])}`
    const { rows, table } = read(text)
    expect(rows.map(({ line }) => line)).toEqual([2, 6])
    expect(table.blank).toEqual([3])
    expect(table.unread).toEqual([
      { line: 4, text: 'Now I try something else, with care', why: 'It has only one cell.' },
      { line: 5, text: '======', why: 'It has only one cell.' },
      { line: 7, text: 'x much too odd y', why: 'Under val_bpb stands “much”, which is no number.' },
    ])
  })

  test('a second header changes the columns below it; values of another metric are not compared', () => {
    const more = tsv(['date', 'commit', 'status', 'val_bpb'], ['2026-01-02', 'c1b2c3d', 'keep', '0.7'])
    const other = 'Columns: tag, accuracy, status, description\nx, 0.61, keep, fine\n'
    const ledger = read(tsv(canonical, row(2), row(1)) + more + other)
    expect(ledger.rows.map(({ line, metric, commit, time }) => [line, metric, commit, time])).toEqual([
      [2, 0.92, 'a1b2c2d', null],
      [3, 0.91, 'a1b2c1d', null],
      [5, 0.7, 'c1b2c3d', '2026-01-02'],
      [7, null, null, null],
    ])
    expect(ledger.rows[3]?.cells).toEqual({ tag: 'x', accuracy: '0.61' })
    expect(ledger.notes).toMatchObject([{ code: 'other-metric', lines: [7] }])
    expect(ledger.table.headers).toEqual([1, 4, 6])
  })

  test('text that looks like a header does not take rows from the section before', () => {
    const ledger = read(`${tsv(canonical, row(2))}description, status\n${tsv(row(1))}`)
    expect(ledger.rows.map(({ line, metric }) => [line, metric])).toEqual([
      [2, 0.92],
      [4, 0.91],
    ])
  })

  test('rows with missing or surplus cells are read if possible, and noted', () => {
    const ledger = read(
      tsv(canonical, ['a1b2c3d', '0.9', '1.0', 'keep'], ['b1b2c3d', '0.8', '1.0', 'keep', 'one', 'two'], ['c1b2c3d']),
    )
    expect(ledger.rows.map(row => row.description)).toEqual(['', 'one two'])
    expect(ledger.notes).toMatchObject([{ code: 'ragged', lines: [2, 3] }])
    expect(ledger.table.unread).toMatchObject([{ line: 4 }])
  })

  test('escapes and control characters are removed everywhere', () => {
    const evil = '\u001b[31mred\u001b[0m \u202eback\u0007'
    const ledger = read(
      `${tsv(['commit', evil, 'val_bpb', 'status', 'description'], [evil, evil, '0.9', `keep\u0000`, evil])}${evil}\n`,
    )
    expect(JSON.stringify(ledger)).not.toMatch(/\\u001b|\\u0007|\u202e|\\u0000/)
  })

  test('ten thousand rows are read quickly', () => {
    const ledger = read(tsv(canonical, ...Array.from({ length: 10_000 }, (_, i) => row(i))))
    expect(ledger.rows.length).toBe(10_000)
  })

  test('extremely long lines and cells are skipped quickly', () => {
    const long = [
      '-'.repeat(1e6) + 'x',
      `|${' '.repeat(1e6)}x`,
      `1${' '.repeat(1e6)}1\t1`,
      ','.repeat(1e6),
      '1'.repeat(1e5),
    ]
    const cells = ['1'.repeat(15_000), `1${' '.repeat(15_000)}±`, '_'.repeat(15_000)]
    const ledger = read(tsv(canonical, row(1), ...cells.map(cell => ['a', cell, '1', cell, cell])) + long.join('\n'))
    expect([ledger.rows.length, ledger.table.unread.length]).toEqual([1, 8])
    expect(() => read('\n'.repeat(200_001))).toThrow('has 200001 lines')
  })

  test('a table without rows or metric is an error that says what to do', () => {
    expect(() => read('hello\nworld\n')).toThrow('no column holds numbers')
    const checks = tsv(['commit', 'tests', 'status'], ['a1b2c3d', 'pass', 'keep'], ['b1b2c3d', 'pass', 'keep'])
    expect(() => read(checks)).toThrow('no column holds numbers')
    expect(() => read(tsv(['commit', 'chapters', 'status'], ['a1b2c3d', '36', 'keep']))).toThrow(
      expect.objectContaining({ advice: expect.stringContaining('--metric NAME, of commit') }),
    )
  })
})

test('a commit on several rows belongs to the kept row; the others were never committed', () => {
  const text = tsv(
    canonical,
    ['a1b2c3d', '0.9', '', 'keep', 'first'],
    ['a1b2c3d', '0.95', '', 'discard', 'second'],
    ['b1b2c3d', '0.91', '', 'discard', 'third'],
    ['b1b2c3d', '0.8', '', 'keep', 'fourth'],
  )
  const { rows, notes } = orderRows(read(text))
  expect(rows.map(({ commit, written }) => [commit, written])).toEqual([
    ['a1b2c3d', 'a1b2c3d'],
    [null, 'a1b2c3d'],
    [null, 'b1b2c3d'],
    ['b1b2c3d', 'b1b2c3d'],
  ])
  expect(notes).toMatchObject([{ code: 'same-commit', experiments: [0, 1, 2, 3] }])
})

test('a commit that several rows name and none kept is the one they were made on, and belongs to none', () => {
  const text = tsv(
    canonical,
    ['a1b2c3d', '0.9', '', 'keep', 'first'],
    ['b1b2c3d', '', '', 'crash', 'second'],
    ['b1b2c3d', '0.95', '', 'discard', 'third'],
    ['c1b2c3d', '0.95', '', 'discard', 'fourth'],
  )
  expect(orderRows(read(text)).rows.map(({ commit }) => commit)).toEqual(['a1b2c3d', null, null, 'c1b2c3d'])
})

test('the baseline is the first kept and measured row; every other row is compared with the best before it', () => {
  const { rows, notes } = orderRows(
    read(
      table([
        ['0', 'crash'],
        ['0.9', 'keep'],
        ['0.95', 'discard'],
        ['0.7', 'keep'],
        ['0.6', 'tentative'],
        ['0.69', 'keep'],
      ]),
    ),
  )
  expect(rows.map(({ line, parent, gain }) => [line, parent, gain === null ? null : Number(gain.toFixed(6))])).toEqual([
    [3, null, null],
    [2, 0, null],
    [4, 0, -0.05],
    [5, 0, 0.2],
    [6, 3, 0.1],
    [7, 3, 0.01],
  ])
  expect(notes).toMatchObject([{ code: 'baseline', lines: [3] }])
})

const cell = fc.oneof(
  fc.constantFrom(
    'keep',
    'discard',
    'crash',
    'baseline',
    'val_bpb',
    'commit',
    'status',
    'description',
    '0.99',
    '1,234',
    '91%',
    'null',
    '—',
    'a1b2c3d',
    '---',
    '"',
    '|',
    '\u001b[31m',
    '\r',
    '\u2028',
  ),
  fc.string({ maxLength: 12 }),
)
const junkLine = fc
  .tuple(fc.constantFrom('\t', ',', '|', ';', ' '), fc.array(cell, { maxLength: 7 }))
  .map(([mark, cells]) => cells.join(mark))
const end = fc.constantFrom('\n', '\r\n', '\r')

test('an object without a number above a table does not make it JSON lines', () => {
  const ledger = read('{}\ncommit\tval_bpb\tstatus\tdescription\na1b2c3d\t0.9\tkeep\tstart\n', { goal: 'minimize' })
  expect(ledger.rows.map(({ line }) => line)).toEqual([3])
  expect(ledger.table.unread.map(({ line }) => line)).toEqual([1])
})

test('every line of any table is a row or continues one, a header, blank, or listed as not read', () => {
  const known = fc.tuple(fc.constant('commit\tval_bpb\tstatus\tdescription'), fc.constant('a1b2c3d\t0.9\tkeep\tstart'))
  fc.assert(
    fc.property(fc.array(junkLine, { maxLength: 30 }), end, known, fc.nat(30), (junk, newline, [header, row], at) => {
      const text = [...junk.slice(0, at), header, row, ...junk.slice(at)].join(newline)
      const lines = text.split(/\r\n|\n|\r/)
      if (lines.at(-1) === '') lines.pop()
      const ledger = read(text, { goal: 'minimize' })
      const accounted = [
        ...ledger.rows.map(r => r.line),
        ...ledger.table.headers,
        ...ledger.table.blank,
        ...ledger.table.continued,
        ...ledger.table.unread.map(u => u.line),
      ]
      expect(accounted.sort((a, b) => a - b)).toEqual(lines.map((_, i) => i + 1))
      for (const { as, status } of ledger.rows) if (as === 'keep') expect(status).not.toBeNull()
      expect(orderRows(ledger).rows.length).toBe(ledger.rows.length)
    }),
    { numRuns: 300 },
  )
})

test('a kept value of exactly 0 that nothing comes near is warned of; a count or a rate that reaches 0 is not', () => {
  const warned = (values: string[]) => {
    const { rows } = orderRows(
      read(
        table(
          values.map(value => [value, 'keep']),
          'loss',
        ),
      ),
    )
    return rowWarnings(rows, 'loss').flatMap(({ code, text }) => (code === 'kept-zero' ? [text] : []))
  }
  expect(warned(['1.0951', '1.0948', '0.000000'])).toEqual([
    '0002 was kept with loss exactly 0, and no other value is near: perhaps the run failed.',
  ])
  expect(warned(['3', '1', '0'])).toEqual([])
  expect(warned(['0.03', '0.01', '0.00'])).toEqual([])
})
