import { expect, test } from 'vitest'
import { createRandom } from '../../scripts/stats/random.ts'

const draw = (seed: number, n: number) => {
  const random = createRandom(seed)
  return Array.from({ length: n }, () => random.normal())
}

test('the same seed gives the same numbers, another seed others', () => {
  expect(draw(1, 5)).toEqual(draw(1, 5))
  expect(draw(1, 5)).not.toEqual(draw(2, 5))
})

test('normal numbers have mean 0, variance 1 and a fortieth beyond ±1.96 on each side', () => {
  const values = draw(7, 40_000)
  // Four standard errors each: 4/√n, 4√(2/n), 4√(0.025·0.975/n).
  expect(Math.abs(values.reduce((sum, x) => sum + x, 0) / values.length)).toBeLessThan(0.02)
  expect(Math.abs(values.reduce((sum, x) => sum + x * x, 0) / values.length - 1)).toBeLessThan(0.0283)
  expect(Math.abs(values.filter(x => x > 1.96).length / values.length - 0.025)).toBeLessThan(0.0031)
  expect(Math.abs(values.filter(x => x < -1.96).length / values.length - 0.025)).toBeLessThan(0.0031)
})
