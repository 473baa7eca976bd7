import { describe, expect, test } from 'vitest'
import { readLedger } from '../../../scripts/collect/table/ledger.ts'

const read = (text: string, wishes = {}) =>
  readLedger(new TextEncoder().encode(text), 'results.tsv', {
    metric: null,
    columns: {},
    goal: null,
    statuses: new Map(),
    ...wishes,
  })
const tsv = (...rows: string[][]) => rows.map(row => `${row.join('\t')}\n`).join('')
const values = (text: string, wishes = {}) => read(text, wishes).rows.map(({ line, metric }) => [line, metric])

const header = ['commit', 'val_bpb', 'memory_gb', 'status', 'description']
const whole = [
  ['a1b2c3d', '0.99', '4.0', 'keep', 'the first one'],
  ['b1b2c3d', '0.98', '4.5', 'keep', 'a wider layer'],
  ['c1b2c3d', '1.10', '4.1', 'discard', 'a deeper net'],
]

test('a row that is broken in two by its text is joined, and no neighbour’s value is read', () => {
  const text = tsv(
    ['round', 'strategy', 'train_score', 'val_score', 'val_return', 'status'],
    ['0', 'first', '0.1', '1.50', '3.0%', 'keep'],
    ['1', 'two lines of'],
    [' text', '0.2', '1.70', '-85.3%', 'discard'],
    ['2', 'third', '0.3', '1.90', '4.0%', 'keep'],
  )
  const { rows, table, notes } = read(text, { goal: 'maximize' })
  expect(rows.map(({ line, metric, status, cells }) => [line, metric, status, cells.val_return])).toEqual([
    [2, 1.5, 'keep', '3.0%'],
    [3, 1.7, 'discard', '-85.3%'],
    [5, 1.9, 'keep', '4.0%'],
  ])
  expect(rows[1]?.description).toBe('two lines of text')
  expect(table).toMatchObject({ rows: 3, continued: [4], unread: [] })
  expect(notes).toEqual([])
})

test('a text over many lines, blank ones between them, is joined to one row', () => {
  const text = tsv(
    ['id', 'idea', 'val_loss', 'status'],
    ['1', 'a start', '2.0', 'keep'],
    ['2', 'first this,'],
    [''],
    ['   then that,'],
    ['and more', '1.9', 'keep'],
    ['3', 'an end', '1.8', 'keep'],
  )
  const { rows, table } = read(text)
  expect(rows.map(({ line, metric }) => [line, metric])).toEqual([
    [2, 2],
    [3, 1.9],
    [7, 1.8],
  ])
  expect(rows[1]?.description).toBe('first this, then that, and more')
  expect(table).toMatchObject({ continued: [5, 6], blank: [4], unread: [] })
})

test('parts of a row that fit in no way or in several are unread, each with the reason', () => {
  const text = tsv(header, ...whole, ['d1b2c3d', '0.97'], ['4.0', 'keep', 'lost between'])
  const { rows, table } = read(text)
  expect(rows.length).toBe(3)
  expect(table.unread).toEqual([
    {
      line: 5,
      text: 'd1b2c3d 0.97',
      why: 'It has 2 cells and its header has 5; by what they are, they fit its columns in more than one way.',
    },
    {
      line: 6,
      text: '4.0 keep lost between',
      why: 'It has 3 cells and its header has 5; by what they are, they fit its columns in more than one way.',
    },
  ])
})

describe('a row with one cell less', () => {
  const full = ['d1b2c3d', '0.97', '4.2', 'keep', 'one more try']
  test.each([
    ['commit', 0, 0.97, 'keep'],
    ['val_bpb', 1, undefined, null],
    ['memory_gb', 2, undefined, null],
    ['status', 3, 0.97, null],
    ['description', 4, 0.97, 'keep'],
  ] as const)('without its %s is read only if the cells show what is missing', (_, at, metric, status) => {
    const { rows } = read(tsv(header, ...whole, full.toSpliced(at, 1)))
    expect(rows.slice(3).map(row => [row.metric, row.status])).toEqual(metric === undefined ? [] : [[metric, status]])
  })

  test('never has its value from a neighbour, whichever cell is missing', () => {
    const names = ['round', 'commit', 'idea', 'train_loss', 'val_loss', 'val_acc', 'steps', 'status']
    const line = (n: number) => [`${n}`, `a1b2c${n}d`, 'some idea', `1.${n}5`, `2.${n}5`, `8${n}.5%`, `20${n}`, 'keep']
    for (const missing of names.keys()) {
      const short = line(4).toSpliced(missing, 1)
      const { rows } = read(tsv(names, line(1), line(2), line(3), short), { metric: 'val_loss' })
      const found = rows[3]
      // Train and val loss look alike, so neither can be told from the other.
      if (missing === 3 || missing === 4) expect(found).toBeUndefined()
      else expect([found?.metric, found?.status]).toEqual([2.45, missing === 7 ? null : 'keep'])
    }
  })
})

describe('a row with more cells', () => {
  test('is read if its text contained the delimiter, wherever the text stands', () => {
    const names = ['commit', 'idea', 'lr', 'val_bpb', 'status']
    const text = tsv(
      names,
      ['a1b2c3d', 'first', '0.1', '0.99', 'keep'],
      ['b1b2c3d', 'lower rate', '0.05', '0.98', 'keep'],
      ['c1b2c3d', 'with a tab', 'inside', '0.2', '0.97', 'keep'],
    )
    const { rows, notes } = read(text)
    expect(rows[2]).toMatchObject({ metric: 0.97, as: 'keep', description: 'with a tab inside', cells: { lr: '0.2' } })
    expect(notes.map(({ text }) => text)).toEqual([
      '1 row has more or fewer cells than its header; its cells were placed by what they are.',
    ])
  })

  test('has empty cells at its end, which do not count', () => {
    expect(values(tsv(header, ...whole, ['d1b2c3d', '0.97', '4.2', 'keep', 'x', '', '']))).toContainEqual([5, 0.97])
  })

  test('is unread if a number stands where no number can be told from its neighbour', () => {
    const { rows, table } = read(tsv(header, ...whole, ['d1b2c3d', '9.9', '0.97', '4.2', 'keep', 'shifted']))
    expect(rows.length).toBe(3)
    expect(table.unread).toMatchObject([{ line: 5, why: expect.stringContaining('they do not fit its columns') }])
  })

  test('with a separator of thousands in CSV is unread, not a thousandth', () => {
    const csv = 'commit,fps,status,description\na1b2c3d,990,keep,first\nb1b2c3d,1,095,keep,second\n'
    expect(values(csv)).toEqual([[2, 990]])
  })
})

test('"#" and an empty name are columns, not comment marks before a header', () => {
  const text = tsv(['#', 'val_bpb', 'status'], ['1', '0.9', 'keep'], ['2', '0.8', 'keep'])
  expect(values(text)).toEqual([
    [2, 0.9],
    [3, 0.8],
  ])
  expect(values(tsv(['', 'val_bpb', 'status'], ['1', '0.9', 'keep'], ['2', '0.8', 'keep']))).toEqual([
    [2, 0.9],
    [3, 0.8],
  ])
})

test('lines in which an echo left “\\t” instead of tabs are split there', () => {
  const text = `${tsv(header, whole[0] as string[])}b1b2c3d\\t0.98\\t-\\tdiscard\\tHEAD_DIM 64\n`
  expect(read(text).rows[1]).toMatchObject({ metric: 0.98, as: 'discard', description: 'HEAD_DIM 64' })
})

test.each([
  ['', 'results.tsv is empty.'],
  ['\n  \n', 'results.tsv is empty.'],
  ['# nothing yet\n', 'results.tsv has a comment and no table.'],
  ['# nothing\n# yet\n', 'results.tsv has only comments and no table.'],
  ['commit\tprimary_f05\tstatus\tdescription\n', 'results.tsv: the table has a header and no rows.'],
  [
    '# metric_direction: higher_is_better\ncommit\tmetric\tstatus\n',
    'results.tsv: the table has a header and no rows.',
  ],
  ['round\tstrategy\ttrain_score\n', 'results.tsv: the table has a header and no rows.'],
  ['| Commit | Val BPB | Status |\n|---|---|---|\n', 'results.tsv: the table has a header and no rows.'],
])('the table %j is an error that says what it has', (text, message) => {
  expect(() => read(text)).toThrow(message)
})
