import { expect, test } from 'vitest'
import { createRandom } from '../../scripts/stats/random.ts'
import { extraPairs, levelOfLook } from '../../scripts/stats/sequential.ts'

test('the level of the first look is two thirds of 5%, however many runs it has', () => {
  expect(levelOfLook([1])).toBeCloseTo(0.05 * (2 / 3), 6)
  expect(levelOfLook([12])).toBeCloseTo(0.05 * (2 / 3), 6)
})

test('a second look has the level that the bivariate normal distribution gives', () => {
  // ∫ φ(z) P(|Z₂| > c | Z₁ = z) dz over the undecided z = 5%·((1/3)^1 − (1/3)^(n₂/n₁)), solved by Simpson's rule.
  expect(levelOfLook([3, 6])).toBeCloseTo(0.017968, 4)
  expect(levelOfLook([3, 4])).toBeCloseTo(0.015443, 4)
  expect(levelOfLook([2, 12])).toBeCloseTo(0.019106, 4)
})

test('all looks together err in less than 5% of cases, however many there are', () => {
  const random = createRandom(3)
  const looks = [3, 4, 5, 6, 9, 10, 11, 12, 24]
  const bounds = looks.map((_, i) => levelOfLook(looks.slice(0, i + 1)))
  const cases = 20_000
  let [decided, planned] = [0, 0]
  for (let i = 0; i < cases; i++) {
    let [sum, pairs] = [0, 0]
    const at = looks.findIndex((look, j) => {
      for (; pairs < look; pairs++) sum += random.normal()
      return Math.abs(sum) / Math.sqrt(pairs) > quantile(bounds[j] as number)
    })
    if (at >= 0) decided++
    if (at >= 0 && at <= 3) planned++
  }
  // What is spent by then, give or take three standard errors of 0.0015.
  expect(Math.abs(decided / cases - 0.05 * (1 - (1 / 3) ** 8))).toBeLessThan(0.0046)
  expect(Math.abs(planned / cases - 0.05 * (1 - (1 / 3) ** 2))).toBeLessThan(0.0044)
})

test('looks without more pairs than the one before are an error', () => {
  expect(() => levelOfLook([])).toThrow(RangeError)
  expect(() => levelOfLook([3, 3])).toThrow(RangeError)
  expect(() => levelOfLook([0])).toThrow(RangeError)
})

test('extra pairs double the planned ones, up to twelve pairs in total', () => {
  expect(extraPairs(3, 0)).toBe(3)
  expect(extraPairs(3, 6)).toBe(3)
  expect(extraPairs(8, 0)).toBe(4)
  expect(extraPairs(3, 8)).toBe(1)
  expect(extraPairs(20, 0)).toBe(0)
})

/** z with P(|Z| > z) = level, by bisection of an independent series (Abramowitz and Stegun 26.2.17). */
function quantile(level: number): number {
  const known = quantiles.get(level)
  if (known !== undefined) return known
  let [low, high] = [0, 8]
  for (let i = 0; i < 60; i++) {
    const z = (low + high) / 2
    if (twoTails(z) > level) low = z
    else high = z
  }
  quantiles.set(level, low)
  return low
}

const quantiles = new Map<number, number>()

function twoTails(z: number): number {
  const t = 1 / (1 + 0.2316419 * z)
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return 2 * (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series
}
