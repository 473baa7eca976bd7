import { expect, test } from 'vitest'
import { checkEvaluation, drawRows } from '../../../bench/judge/evaluation.ts'
import {
  evaluationNoise,
  evaluationSentence,
  isWithin,
  rowPairs,
} from '../../../scripts/analysis/confirm/evaluationNoise.ts'
import { digest } from '../../../scripts/analysis/digest.ts'
import { readConfirmRows, type ScoredRow, writeRows } from '../../../scripts/record/files/rows.ts'
import { runKey } from '../../../scripts/record/state.ts'
import { confirmationPart } from '../../../scripts/report/sections/confirmation.ts'
import { createRandom } from '../../../scripts/stats/random.ts'
import { exampleSession } from '../../helpers/exampleRecords.ts'
import { scratch } from '../../helpers/throwaway.ts'

test('two standard errors cover the gain on all text in about 95% of validation sets', () => {
  const [small, large] = checkEvaluation(0.2, createRandom(3))
  for (const found of [small, large]) expect((found?.value ?? 0) + 3 * (found?.error ?? 0)).toBeGreaterThan(0.95)
  for (const found of [small, large]) expect(found?.value).toBeLessThan(0.99)
})

test('the noise of seeds is separated from that of the rows by two pairs or more', () => {
  const [, , one, two, three] = checkEvaluation(0.2, createRandom(4))
  // From one pair both noises count: as noisy seeds of two models treble the variance.
  expect(one?.value).toBeGreaterThan(2)
  for (const found of [two, three]) expect(Math.abs((found?.value ?? 0) - 1)).toBeLessThan(0.15)
})

test('rows that all gain alike add no noise, also where rows differ in length', () => {
  const rows = Array.from({ length: 20 }, (_, i): ScoredRow => [100 + i, 100 + i])
  const head = rows.map(([nats, bytes]): ScoredRow => [nats - 0.01 * bytes, bytes])
  expect(evaluationNoise([{ baseline: rows, head }])?.standardError).toBeCloseTo(0, 12)
  expect(evaluationNoise([])).toBeNull()
  expect(evaluationNoise([{ baseline: rows.slice(0, 9), head: head.slice(0, 9) }])).toBeNull()
})

/** Rows whose bits per byte are this metric, unevenly spread over them. */
const rowsOf = (metric: number, uneven: number): ScoredRow[] =>
  Array.from({ length: 96 }, (_, i) => [1000 * Math.LN2 * (metric + (i % 2 === 0 ? uneven : -uneven)), 1000])

/** The example session with rows whose gain differs from row to row by `uneven`. */
function sessionWithRows(uneven: number) {
  const { session, experiments, patches } = exampleSession()
  const rows = new Map(
    experiments.flatMap(({ number, runs }) =>
      runs.flatMap(({ k, metric }) =>
        metric === null ? [] : [[runKey(number, k), rowsOf(metric, number === 0 ? 0 : uneven)] as const],
      ),
    ),
  )
  return { experiments, rows, found: digest(session, experiments, patches, { source: new Map(), others: [], rows }) }
}

test('a gain smaller than what the rows can tell is said to be', () => {
  const { found } = sessionWithRows(1)
  expect(found.evaluationNoise?.standardError).toBeCloseTo(1 / Math.sqrt(95), 6)
  expect(JSON.stringify(confirmationPart(found))).toContain(
    'smaller than what this finite validation set can tell, ±0.21',
  )
  const clear = sessionWithRows(0.1)
  expect(JSON.stringify(confirmationPart(clear.found))).not.toContain('finite validation set')
  expect(evaluationSentence(clear.found, false)).toContain('re-runs do not cover that')
  expect(isWithin(0.134, { standardError: 0.1, rows: 96 })).toBe(true)
})

test('rows that do not give the metric are left out, as are runs without a partner of their seed', () => {
  const { experiments, rows } = sessionWithRows(0.1)
  const [baseline, head] = [experiments.find(e => e.number === 0), experiments.find(e => e.number === 8)]
  if (!baseline || !head) throw new Error('no head')
  expect(rowPairs(baseline, head, rows)).toHaveLength(2)
  const other = new Map(rows).set(runKey(0, 4), rowsOf(9, 0))
  expect(rowPairs(baseline, head, other)).toHaveLength(1)
  expect(rowPairs(baseline, head, new Map())).toEqual([])
})

test('rows are stored beside the run and read back; too many are not kept', async () => {
  const folder = await scratch()
  const { experiments } = exampleSession()
  await writeRows(folder, 0, 4, {
    val: [
      [1.234, 10],
      [2, 0],
    ],
  })
  await writeRows(folder, 8, 4, { val: Array.from({ length: 5000 }, (): ScoredRow => [1234.567, 8000]) })
  const found = await readConfirmRows(folder, experiments)
  expect([...found]).toEqual([
    [
      runKey(0, 4),
      [
        [1.234, 10],
        [2, 0],
      ],
    ],
  ])
})

test('a draw of rows without seed noise repeats exactly', () => {
  const { pairs } = drawRows(createRandom(1), 12, 0.01, 2, 0)
  expect(pairs[0]).toEqual(pairs[1])
})
