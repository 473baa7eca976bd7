import { expect, test } from 'vitest'
import { estimateNoise, roundingVariance } from '../../scripts/stats/noise.ts'
import { createRandom } from '../../scripts/stats/random.ts'

test('pools the variance within each tree, whatever its mean', () => {
  // Squares: (0.1² + 0 + 0.1²) + (0.15² + 0.15²) = 0.065 over 2 + 1 degrees of freedom; the third tree has no repeat.
  const noise = estimateNoise([[1.0123456, 1.1123456, 1.2123456], [5.3, 5.6], [9.1]])
  expect(noise?.sigma).toBeCloseTo(Math.sqrt(0.065 / 3), 9)
  // Chi-square with 3: 9.348404 and 0.215795.
  expect(noise?.interval?.[0]).toBeCloseTo(Math.sqrt(0.065 / 9.348404), 6)
  expect(noise?.interval?.[1]).toBeCloseTo(Math.sqrt(0.065 / 0.215795), 5)
  expect(noise).toMatchObject({ df: 3, runs: 5, earlier: [] })
})

test('returns null when no tree was run twice', () => {
  expect(estimateNoise([])).toBeNull()
  expect(estimateNoise([[0.9812], [0.9793]])).toBeNull()
})

test('shrinks towards earlier sessions by their degrees of freedom', () => {
  // This session: difference 0.002·√2, so s² = 4e-6 with 1; earlier: (2·1e-6 + 6·2e-6)/8 = 1.75e-6 with 8, of which an
  // eighth counts.
  const [a, b] = [0.9712345, 0.9712345 + 0.002 * Math.SQRT2]
  const noise = estimateNoise(
    [[a, b]],
    [
      { id: 'mon', sigma: 0.001, df: 2 },
      { id: 'tue', sigma: Math.sqrt(2e-6), df: 6 },
    ],
  )
  expect(noise?.sigma).toBeCloseTo(Math.sqrt((4e-6 + 1.75e-6) / 2), 9)
  expect(noise?.df).toBeCloseTo(2, 12)
  expect(noise).toMatchObject({ runs: 2, earlier: ['mon', 'tue'], own: { df: 1 } })
  expect(noise?.own?.sigma).toBeCloseTo(0.002, 9)
})

test('earlier sessions weigh at most two degrees of freedom together, and less the more this session has', () => {
  const long = [{ id: 'long', sigma: 0.001, df: 300 }]
  const weight = (runs: number) => {
    const values = Array.from({ length: runs }, (_, i) => 0.9712345 + 0.001 * (-1) ** i)
    return (estimateNoise([values], long)?.df ?? 0) - (runs - 1)
  }
  expect(weight(2)).toBe(2)
  expect(weight(3)).toBe(1.5)
  expect(weight(9)).toBe(0.375)
})

test('earlier sessions are refused by a two-sided F test at 5%', () => {
  // F(2, 8) at 97.5% is 6.059; at 2.5% it is 1/39.37.
  const values = [0.9712345, 0.9722345, 0.9732345]
  const refused = (ratio: number) =>
    estimateNoise([values], [{ id: 'other', sigma: 0.001 / Math.sqrt(ratio), df: 8 }])?.earlier.length === 0
  expect([6.0, 6.1].map(refused)).toEqual([false, true])
  expect([1 / 39.3, 1 / 39.5].map(refused)).toEqual([false, true])
})

test('leaves earlier sessions out when this session contradicts them', () => {
  const tonight = [0.9712345, 0.9812345, 0.9612345, 0.9662345]
  const noise = estimateNoise([tonight], [{ id: 'quiet', sigma: 0.0005, df: 8 }])
  expect(noise).toMatchObject({ df: 3, earlier: [] })
})

test('σ is 0 when seeds of a fine metric agree to the last digit', () => {
  const repeats = [0.9712345, 0.9712345, 0.9712345]
  expect(estimateNoise([repeats])).toEqual({ sigma: 0, interval: null, df: 2, runs: 3, earlier: [] })
  // A noisy earlier session is ignored when the machine has become deterministic.
  expect(estimateNoise([repeats], [{ id: 'noisy', sigma: 0.001, df: 4 }])?.sigma).toBe(0)
})

test('agreeing seeds of a coarse metric give the rounding noise, not 0', () => {
  // Two digits, step 0.01. Three runs share a step once in forty times at σ = 0.01/√(2π)·√(3^-½/0.025) = 0.01917.
  const noise = estimateNoise([[0.94, 0.94, 0.94]])
  expect(noise?.sigma).toBeCloseTo(0.01 / Math.sqrt(12), 9)
  expect(noise?.interval?.[0]).toBe(0)
  expect(noise?.interval?.[1]).toBeCloseTo(0.01917, 5)
})

test('zeros do not show how coarse a metric is', () => {
  expect(estimateNoise([[0, 0, 0]])).toMatchObject({ sigma: 0, interval: null })
  // Counts of other trees do: the step is 1.
  expect(estimateNoise([[0, 0, 0]], [], [0, 3, 1])?.sigma).toBeCloseTo(1 / Math.sqrt(12), 9)
  expect(estimateNoise([[0, 0, 0]], [], [0, 0.013, 0.2])?.sigma).toBeCloseTo(0.001 / Math.sqrt(12), 9)
})

test('σ is right for metrics near zero, below it, and in integers', () => {
  expect(estimateNoise([[0.0012, -0.0008, 0.0002]])?.sigma).toBeCloseTo(0.001, 9)
  expect(estimateNoise([[-3.5012, -3.4992, -3.5002]])?.sigma).toBeCloseTo(0.001, 9)
  expect(estimateNoise([[1234, 1244, 1254]])?.sigma).toBeCloseTo(10, 9)
  // Integers that agree hide noise below 1, also where they end in zeros.
  for (const value of [1234, 90, -90, 1200])
    expect(estimateNoise([[value, value, value]])?.sigma, String(value)).toBeCloseTo(1 / Math.sqrt(12), 9)
  // Several values that are all multiples of 100 are rounded to it.
  expect(roundingVariance([[1200, 1300], [900]])).toBeCloseTo(100 ** 2 / 12, 6)
})

test('a metric is coarse if it has few digits, or few values over many trees', () => {
  expect(roundingVariance([[94], [95]])).toBeCloseTo(1 / 12, 9)
  expect(roundingVariance([[0.979943], [0.98]])).toBe(0)
  // Correct of 600, printed with six decimals: 9 trees, 4 values a 600th apart.
  const trees = [500, 501, 501, 502, 500, 503, 502, 502, 501].map(k => [Number((k / 600).toFixed(6))])
  expect(Math.sqrt(12 * roundingVariance(trees))).toBeCloseTo(1 / 600, 5)
  expect(roundingVariance(trees.slice(0, 7))).toBe(0)
})

test('the interval contains σ in 95% of sessions with three seeds', () => {
  const random = createRandom(11)
  let held = 0
  const sessions = 2000
  for (let i = 0; i < sessions; i++) {
    const noise = estimateNoise([[random.normal(), random.normal(), random.normal()]])
    const [low, high] = noise?.interval ?? [2, 0]
    if (low <= 1 && 1 <= high) held++
  }
  // Three standard errors: 3·√(0.95·0.05/2000) = 0.0146.
  expect(Math.abs(held / sessions - 0.95)).toBeLessThan(0.0146)
})
