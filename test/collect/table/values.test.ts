import { describe, expect, test } from 'vitest'
import { toForeignSession } from '../../../scripts/collect/foreignSession.ts'
import { readLedger } from '../../../scripts/collect/table/ledger.ts'
import { orderRows } from '../../../scripts/collect/table/order.ts'
import { readNumber } from '../../../scripts/collect/table/values/number.ts'
import { meaningOf } from '../../../scripts/collect/table/values/verdict.ts'
import { rowWarnings } from '../../../scripts/collect/warnings.ts'

const read = (rows: string[][], wishes = {}) =>
  readLedger(new TextEncoder().encode(rows.map(row => `${row.join('\t')}\n`).join('')), 'results.tsv', {
    metric: null,
    columns: {},
    goal: null,
    statuses: new Map(),
    ...wishes,
  })
const texts = (notes: { text: string }[]) => notes.map(({ text }) => text)

describe('numbers with something behind them', () => {
  test.each([
    ['1223.2 agg_tps@6streams', 1223.2, 'unit'],
    ['19.4x@4', 19.4, 'unit'],
    ['44.0 GB', 44, 'unit'],
    ['~970K', 970_000, 'multiple'],
    ['~970K agg_tps@2x16384', 970_000, 'multiple'],
    ['1.005k', 1005, 'multiple'],
    ['1.2M', 1_200_000, 'multiple'],
    ['88/88', 88, 'part'],
    ['3.7/5', 3.7, 'part'],
  ])('%s is %d', (cell, value, note) => {
    expect(readNumber(cell)).toMatchObject({ value, note })
  })

  test.each(['12 layers deep', '1/2/2026', 'K', '/5', '3/5/7'])('%s is no number', cell => {
    expect(readNumber(cell)).toBeNull()
  })

  test('different units are named, for such values may not be comparable, and tell the direction', () => {
    const { metric, notes, rows } = read([
      ['commit', 'primary_metric', 'status', 'description'],
      ['a1b2c3d', '1223.2 agg_tps@6', 'baseline', 'start'],
      ['b1b2c3d', '5381.2 agg_tps@32', 'keep', 'more streams'],
      ['c1b2c3d', '~970K agg_tps@64', 'keep', 'a pipeline'],
    ])
    expect(rows.map(row => row.metric)).toEqual([1223.2, 5381.2, 970_000])
    expect(metric).toMatchObject({ goal: 'maximize', why: '“tps” is higher when it is better.' })
    expect(texts(notes)).toEqual([
      '1 value is given in thousands (K) or millions (M), and may be rounded.',
      '2 values have a unit or a remark behind them, which is left out; they have 2 different ones, e.g. “agg_tps@6” and “agg_tps@32”, and may not be comparable.',
    ])
  })

  test('behind memory, K and M are units', () => {
    const { rows } = read([
      ['commit', 'val_bpb', 'memory_mb', 'status'],
      ['a1b2c3d', '0.99', '500M', 'keep'],
    ])
    expect(rows[0]?.memoryMb).toBe(500)
  })
})

describe('statuses', () => {
  test.each([
    ['**KEPT** ✅ breaks 0.95!', 'keep'],
    ['KEPT ✅ mrr→1.000!', 'keep'],
    ['discarded (same reason)', 'discard'],
    ['discard: too slow', 'discard'],
    ['保留✔', 'keep'],
    ['回滚', 'discard'],
    ['基线（新的评分）', 'baseline'],
    ['KEPT ❌ after all', 'unknown'],
    ['keep-candidate', 'unknown'],
    ['keep going', 'unknown'],
  ])('“%s” means %s', (word, meaning) => {
    expect(meaningOf(word, 'status', new Map())).toBe(meaning)
  })

  test('stand in the column whose words are known, though another has a status’s name', () => {
    const { columns, rows } = read([
      ['iteration', 'action', 'metric_before', 'metric_after', 'result', 'notes'],
      ['0', 'baseline', '-', '83.1', 'keep', 'the start'],
      ['1', 'broader patterns', '83.1', '97.2', 'keep', 'found two'],
      ['2', 'fix the rest', '97.2', '96.0', 'discard', 'worse'],
      ['3', 'stress test', '97.2', '100.0', 'keep', 'all'],
    ])
    expect(columns.find(({ as }) => as === 'status')?.name).toBe('result')
    expect(rows.map(({ as, metric }) => [as, metric])).toEqual([
      ['keep', 83.1],
      ['keep', 97.2],
      ['discard', 96],
      ['keep', 100],
    ])
  })

  test('may be yes or no under “is_best”', () => {
    const { rows, metric } = read([
      ['iteration', 'pass_at_1', 'elapsed_s', 'is_best'],
      ['0', '30', '150.5', 'true'],
      ['1', '26.7', '960.4', 'false'],
    ])
    expect(metric).toMatchObject({ name: 'pass_at_1', goal: 'maximize' })
    expect(rows.map(({ as }) => as)).toEqual(['keep', 'discard'])
  })
})

describe('values that measure nothing', () => {
  const table = (rows: string[][]) => [['commit', 'quality', 'status', 'description'], ...rows]

  test('of failed rows are kept with the row, and the flag that counts them is named', () => {
    const { rows, notes } = read(
      table([
        ['a1b2c3d', '0.8111', 'BASELINE', 'start'],
        ['b1b2c3d', '0.8621', 'KEPT', 'a quota'],
        ['c1b2c3d', '0.8640', 'FAILED', 'no improvement'],
      ]),
      { goal: 'maximize' },
    )
    expect(rows[2]).toMatchObject({ as: 'crash', metric: null, cells: { quality: '0.864' } })
    expect(texts(notes)).toEqual([
      '1 row failed, so its value is no measurement. If “FAILED” means that the change ran and was rejected, set --status FAILED=discard.',
    ])
  })

  const zeros = (metric: string) => [
    ['commit', metric, 'status'],
    ['a1b2c3d', '0.125', 'keep'],
    ['b1b2c3d', '0.0000', 'discard'],
    ['c1b2c3d', '0.750', 'keep'],
  ]
  test('are zeros where lower or faster is better; an accuracy may be 0', () => {
    expect(read(zeros('eval_acc')).rows.map(({ metric }) => metric)).toEqual([0.125, 0, 0.75])
    for (const name of ['val_loss', 'tok_s']) {
      const { rows, notes } = read(zeros(name))
      expect(rows.map(({ metric }) => metric)).toEqual([0.125, null, 0.75])
      expect(notes).toMatchObject([{ code: 'zero-value', lines: [3] }])
    }
  })

  test('are speeds of 0, also of kept rows', () => {
    const rows = [
      ['a1b2c3d', '107.2', 'keep'],
      ['b1b2c3d', '0.0', 'keep'],
    ]
    expect(read([['commit', 'decode_tok_s', 'status'], ...rows]).rows.map(({ metric }) => metric)).toEqual([
      107.2,
      null,
    ])
  })

  test('stand under a metric that the row names: that is said', () => {
    const rows = ['{"iter":0,"bleu":2.35,"keep":true}', '{"iter":1,"bleu":5.25,"keep":true}']
    const others = ['{"iter":2,"metric":"overall_bleu","value":24.3,"keep":true}']
    const text = new TextEncoder().encode([...rows, ...rows, ...others].join('\n'))
    const options = { metric: 'bleu', columns: {}, goal: null, statuses: new Map() }
    const { notes } = readLedger(text, 'log.jsonl', options)
    expect(texts(notes)).toContain(
      '1 row has its value in another column than bleu, under a metric that the row names, and counts as not measured.',
    )
  })
})

describe('columns', () => {
  test('a parent’s commit is not the row’s', () => {
    const { rows } = read([
      ['id', 'parent_commit', 'eval_acc', 'kept'],
      ['1', '525e040', '0.5', '1'],
      ['2', '303067b', '0.6', '1'],
    ])
    expect(rows.map(({ commit, cells }) => [commit, cells.parent_commit])).toEqual([
      [null, '525e040'],
      [null, '303067b'],
    ])
  })

  test('a metric that hardly ever changes is not the aim', () => {
    const rows = Array.from({ length: 10 }, (_, i) => [`r${i}`, i === 4 ? '15.1' : '14.29', `${20 - i / 3}`, 'ok'])
    expect(read([['run', 'hf_wer', 'int8_wer', 'status'], ...rows]).metric.name).toBe('int8_wer')
  })

  test('a table without numbers has no metric, and a score is higher when nothing says otherwise', () => {
    expect(() =>
      read([
        ['commit', 'checks', 'status', 'description'],
        ['a1b2c3d', 'pass', 'kept', 'a start'],
      ]),
    ).toThrow('no column holds numbers')
    const scores = ['3', '4', '3', '4'].map((score, i) => [`a1b2c3${i}`, score, 'ok', 'x'])
    expect(read([['commit', 'score', 'status', 'description'], ...scores]).metric).toMatchObject({
      goal: 'maximize',
      sure: false,
    })
  })

  test('a header that does not belong to its rows is named', () => {
    const header = ['exp', 'model_file', 'tok_s', 'memory_mb', 'n_ctx', 'n_gpu', 'status', 'notes']
    const rows = [1, 2, 3].map(i => [`${i}`, '27.5', '7595', '4096', '99', 'ok', 'x'])
    expect(() => read([header, ...rows])).toThrow(
      expect.objectContaining({ advice: expect.stringContaining('The header in line 1 does not belong to its rows') }),
    )
  })
})

describe('baselines', () => {
  test('a row is one, too, if a cell of its own says only that; “baseline” under “parent” names another row', () => {
    const header = ['id', 'parent', 'eval_acc', 'kept', 'note']
    const rows = [
      ['baseline', '-', '0.10', '1', 'train.py as it is'],
      ['1', 'baseline', '0.20', '1', 'a change'],
      ['2', 'baseline', '0.15', '0', 'another'],
      ['baseline', '-', '0.75', '1', 'train.py on a simpler task'],
      ['3', 'baseline', '0.80', '1', 'a change there'],
    ]
    expect(read([header, ...rows]).sessions.map(part => part.map(({ line }) => line))).toEqual([
      [2, 3, 4],
      [5, 6],
    ])
  })

  test('one without a value is named where another row is taken', () => {
    const ledger = read([
      ['round', 'val_score', 'status', 'idea'],
      ['0', '-', 'baseline', 'start'],
      ['1', '2.2', 'keep', 'volume'],
      ['2', '2.3', 'keep', 'range'],
      ['3', '2.4', 'keep', 'both'],
    ])
    expect(texts(orderRows(ledger).notes)).toEqual([
      'The first row that was kept and measured, in line 3, is taken to be the baseline, for the one that calls itself so, in line 2, has no value.',
    ])
  })
})

describe('the doubt on equal values', () => {
  const warningsOf = (values: string[]) => {
    const rows = values.map((value, i) => [`a1b2c${i + 10}`, value, i === 0 ? 'keep' : 'discard', 'x'])
    const ledger = read([['commit', 'val_bpb', 'status', 'description'], ...rows])
    return texts(rowWarnings(orderRows(ledger).rows, 'val_bpb').filter(({ code }) => code === 'same-value'))
  }

  test('is one sentence for all of them, and none on counts and on few digits', () => {
    expect(warningsOf(['0.98761', '0.98761', '0.98761'])).toEqual([
      '3 rows have the same val_bpb, 0.987610, to the last digit: perhaps the change was not in what was run.',
    ])
    expect(warningsOf(['0.98761', '0.98761', '0.98761', '0.98123', '0.98123', '0.98123', '0.98123'])).toEqual([
      '2 values of val_bpb stand in three or more rows each, to the last digit, in 7 rows together; 0.981230 in 4: perhaps the change was not in what was run.',
    ])
    expect(warningsOf(['18', '18', '18', '0.58', '0.58', '0.58'])).toEqual([])
  })
})

test('a note that counts rows of several sessions of a table says so, and one on another session’s rows is left out', () => {
  const ledger = read([
    ['commit', 'eval_acc', 'status', 'description'],
    ['a1b2c3d', '0.10', 'baseline', 'start'],
    ['b1b2c3d', '0.15', 'failed', 'a change'],
    ['c1b2c3d', '0.20', 'keep', 'another'],
    ['d1b2c3d', '~0.70', 'baseline', 'start of a simpler task'],
    ['e1b2c3d', '0.75', 'failed', 'a change'],
  ])
  const opened = {
    kind: 'table' as const,
    from: 'a/results.tsv',
    name: 'a',
    table: { path: 'results.tsv', bytes: Buffer.alloc(0), others: [] },
  }
  const request = { id: 'x', tag: null, machine: null, budget: null }
  const notes = [0, 1].map(part =>
    texts(toForeignSession(opened, 'results.tsv', ledger, part, null, request, new Map()).source.notes),
  )
  const failed =
    'In the sessions of the table together: 2 rows failed, so their values are no measurements. If “failed” means that a change ran and was rejected, set --status failed=discard.'
  const { experiments } = toForeignSession(opened, 'results.tsv', ledger, 0, null, request, new Map())
  expect(experiments[1]?.reason).toBe('The table says “failed”; its value, 0.150000, counts as no measurement.')
  expect(notes).toEqual([[failed], [failed, '1 value is given as approximate, or with a ±, which is left out.']])
})
