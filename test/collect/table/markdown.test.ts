import { expect, test } from 'vitest'
import { readLedger } from '../../../scripts/collect/table/ledger.ts'

const read = (lines: string[], wishes = {}) =>
  readLedger(new TextEncoder().encode(lines.join('\n')), 'log.md', {
    metric: null,
    columns: {},
    goal: null,
    statuses: new Map(),
    ...wishes,
  })

const results = [
  '# Night one',
  '',
  'It went well: see below.',
  '',
  '| # | Description | Composite | Delta | Status |',
  '|---|---|---|---|---|',
  '| 1 | start | 0.9120 | 0.000 | baseline |',
  '| 2 | wider | 0.9100 | -0.002 | discarded (same reason) |',
  '| 3 | **deeper** | **0.9205** | **+0.008** | **KEPT** ✅ |',
  '',
]
const cases = [
  '### By case',
  '',
  '| Case | Scenario | mrr | prec | against before |',
  '|---|---|---|---|---|',
  '| 1 | a drop | 1.000 | 0.800 | = |',
  '| 2 | a rise | 0.500 | 0.800 | +0.2 |',
  '',
]

test('only the table of experiments is read; rows that stand apart belong to it, and no line is lost', () => {
  const later = [
    '| 4 | longer | 0.9531 | +0.033 | **KEPT** ✅ above 0.95! |',
    '| 5 | shorter | 0.9500 | 0 | discarded |',
  ]
  const { rows, metric, table, columns } = read([...results, ...cases, ...later])
  expect(metric.name).toBe('Composite')
  expect(rows.map(({ line, as, metric }) => [line, as, metric])).toEqual([
    [7, 'keep', 0.912],
    [8, 'discard', 0.91],
    [9, 'keep', 0.9205],
    [18, 'keep', 0.9531],
    [19, 'discard', 0.95],
  ])
  expect(columns.map(({ name }) => name)).toEqual(['#', 'Description', 'Composite', 'Delta', 'Status'])
  expect(table).toMatchObject({ lines: 19, headers: [5, 6, 13, 14], blank: [2, 4, 10, 12, 17], unread: [] })
  expect(table.aside).toEqual([
    { what: 'of other tables', lines: [15, 16] },
    { what: 'of text', lines: [1, 3, 11] },
  ])
})

test('a table in which rows were kept is one of experiments, also beside a longer one with a metric and a status', () => {
  const long = Array.from({ length: 9 }, (_, i) => `| ${i} | 1.000 | perfect |`)
  const { rows, table } = read([...results, '| Case | mrr | Status |', '|---|---|---|', ...long], { goal: 'maximize' })
  expect(rows.map(({ metric }) => metric)).toEqual([0.912, 0.91, 0.9205])
  expect(table.aside[0]).toEqual({ what: 'of other tables', lines: [13, 14, 15, 16, 17, 18, 19, 20, 21] })
})

test('a column “Kept/Discarded” is the status, points of five are values, and the text says the direction', () => {
  const { rows, metric, columns, notes } = read([
    '- Direction: maximize',
    '',
    '| Iter | Score | Kept/Discarded | Notes |',
    '|---|---|---|---|',
    '| 0 | 3.7/5 | baseline | as it was |',
    '| 1 | 3.6/5 | DISCARD | more rules |',
    '',
    'A finding between the rows.',
    '',
    '| 2 | 3.3/5 | DISCARD | more examples |',
  ])
  expect(rows.map(({ line, as, metric }) => [line, as, metric])).toEqual([
    [5, 'keep', 3.7],
    [6, 'discard', 3.6],
    [10, 'discard', 3.3],
  ])
  expect(metric).toMatchObject({ name: 'Score', goal: 'maximize', why: 'Line 1 says so.' })
  expect(columns[2]).toMatchObject({ as: 'status', sure: true })
  expect(notes.map(({ text }) => text)).toEqual([
    '3 values say how many of how many, such as 3/5, and are read as the first number.',
  ])
})
