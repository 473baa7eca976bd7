import { expect, test } from 'vitest'
import { studentCdf, studentQuantile } from '../../scripts/stats/distributions.ts'
import { createRandom } from '../../scripts/stats/random.ts'
import { excessProbability, excessQuantile, rangeQuantile } from '../../scripts/stats/ranges.ts'

const one = { among: 1, runs: 1, others: 1, otherRuns: 1 }

test('quantiles of the studentized range are those of published tables', () => {
  // https://real-statistics.com/statistics-tables/studentized-range-q-table/
  for (const [p, values, df, expected] of [
    [0.95, 3, 10, 3.877],
    [0.95, 4, 14, 4.111],
    [0.95, 5, 2, 10.89],
    [0.95, 20, 1e6, 5.012],
    [0.9, 3, 1, 13.44],
  ] as const)
    expect(rangeQuantile(p, values, df)).toBeCloseTo(expected, 1)
})

test("a value that was not picked exceeds another as Student's t says, also as a mean of several runs", () => {
  expect(excessProbability(3 * Math.SQRT2, one, 2)).toBeCloseTo(1 - studentCdf(3, 2), 3)
  const runs = { ...one, runs: 2, otherRuns: 4 }
  expect(excessQuantile(0.95, runs, 5)).toBeCloseTo(studentQuantile(0.95, 5) * Math.sqrt(0.75), 2)
})

test('in simulation the best of many exceeds the lowest of a few as often as said', () => {
  const { normal } = createRandom(1)
  const [picked, cases] = [{ among: 20, runs: 1, others: 3, otherRuns: 1 }, 4000]
  const limit = excessQuantile(0.9, picked, 4)
  let hits = 0
  for (let i = 0; i < cases; i++) {
    const values = (count: number) => Array.from({ length: count }, normal)
    const sigma = Math.sqrt(values(4).reduce((sum, z) => sum + z * z, 0) / 4)
    if (Math.max(...values(20)) - Math.min(...values(3)) > limit * sigma) hits++
  }
  expect(Math.abs(hits / cases - 0.1)).toBeLessThan(3 * Math.sqrt(0.09 / cases))
})

test('a quantile of no probability or without degrees of freedom is an error', () => {
  expect(() => rangeQuantile(1, 3, 2)).toThrow(RangeError)
  expect(() => rangeQuantile(0.9, 3, 0)).toThrow(RangeError)
})
