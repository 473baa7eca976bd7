import { linearRegression } from 'simple-statistics'
import { expect, test } from 'vitest'
import { createRandom } from '../../scripts/stats/random.ts'
import { trendHalf, trendOf, trendProbability } from '../../scripts/stats/trend.ts'

const line = (values: number[], times = values.map((_, i) => i)) =>
  values.map((value, i) => ({ time: times[i] ?? 0, value }))

test('with one group the slope is that of least squares, with the standard error of textbooks', () => {
  const group = line([1, 2.1, 2.9, 4.2, 4.9])
  const trend = trendOf([group])
  expect(trend?.slope).toBeCloseTo(linearRegression(group.map(({ time, value }) => [time, value])).m, 12)
  // Residuals −0.02, 0.09, −0.1, 0.21, −0.08 … sum of squares 0.067; over 3 degrees of freedom and 10.
  expect(trend).toMatchObject({ df: 3 })
  expect(trend?.error).toBeCloseTo(Math.sqrt(0.067 / 3 / 10), 6)
  expect(trend && trendHalf(trend)).toBeCloseTo(3.1824 * Math.sqrt(0.067 / 3 / 10), 4)
})

test('groups have their own levels, and one slope', () => {
  const trend = trendOf([line([1, 2, 3]), line([11, 12.1], [4, 5]), line([50])])
  expect(trend?.df).toBe(2)
  expect(trend?.slope).toBeCloseTo((2 + 0.5 * 1.1) / 2.5, 12)
})

test('without a group of two times, or noise that can be known, there is no trend', () => {
  expect(trendOf([line([1, 2])])).toBeNull()
  expect(trendOf([line([1]), line([2])])).toBeNull()
  expect(trendOf([line([1, 2, 3], [5, 5, 5])])).toBeNull()
})

test('an allowance brings the slope nearer to zero, and equal values have none', () => {
  const trend = { slope: -2, error: 0.5, df: 4 }
  expect(trendProbability(trend)).toBeCloseTo(0.0161, 3)
  expect(trendProbability(trend, 1)).toBeCloseTo(0.1161, 3)
  expect(trendProbability(trend, 2.5)).toBe(1)
  expect(trendProbability({ slope: 0, error: 0, df: 3 })).toBe(1)
  expect(trendProbability({ slope: 1, error: 0, df: 3 })).toBe(0)
})

test('in simulation values without a trend have a p-value below 5% as often as it says', () => {
  const { normal } = createRandom(4)
  const cases = 3000
  let hits = 0
  for (let i = 0; i < cases; i++) {
    const trend = trendOf([line([normal(), normal(), normal()]), line([normal(), normal()])])
    if (trend && trendProbability(trend) < 0.05) hits++
  }
  expect(Math.abs(hits / cases - 0.05)).toBeLessThan(3 * Math.sqrt((0.05 * 0.95) / cases))
})
