import { expect, test } from 'vitest'
import {
  chiSquareCdf,
  chiSquareQuantile,
  normalCdf,
  studentCdf,
  studentQuantile,
  varianceRatioCdf,
} from '../../scripts/stats/distributions.ts'

// Tabulated values: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7; exact ones where there is a formula.
test.each([
  [0.975, 1, 12.706],
  [0.975, 2, 4.303],
  [0.975, 10, 2.228],
  [0.995, 30, 2.75],
  [0.95, 100, 1.66],
])("Student's t has its tabulated quantile: %f, %i degrees of freedom", (p, df, expected) => {
  expect(studentQuantile(p, df)).toBeCloseTo(expected, 3)
  expect(studentQuantile(1 - p, df)).toBeCloseTo(-expected, 3)
})

test.each([
  [0.025, 1, 0.001],
  [0.025, 2, 0.051],
  [0.975, 2, 7.378],
  [0.95, 10, 18.307],
  [0.975, 100, 129.561],
])('chi-square has its tabulated quantile: %f, %i degrees of freedom', (p, df, expected) => {
  expect(chiSquareQuantile(p, df)).toBeCloseTo(expected, 3)
})

test('closed forms hold to nine digits', () => {
  // Chi-square with 2 degrees of freedom is exponential; t with 1 is Cauchy; F(2, n) has a power.
  expect(chiSquareQuantile(0.975, 2)).toBeCloseTo(-2 * Math.log(0.025), 9)
  expect(studentQuantile(0.9, 1)).toBeCloseTo(Math.tan(0.4 * Math.PI), 9)
  expect(varianceRatioCdf(1.7, 2, 8)).toBeCloseTo(1 - (1 + (2 * 1.7) / 8) ** -4, 9)
})

test('quantile and distribution function are inverse, also for fractional degrees of freedom', () => {
  for (const df of [1, 1.3, 3.7, 40, 2000])
    for (const p of [0.001, 0.3, 0.5, 0.975]) {
      expect(studentCdf(studentQuantile(p, df), df)).toBeCloseTo(p, 9)
      expect(chiSquareCdf(chiSquareQuantile(p, df), df)).toBeCloseTo(p, 9)
    }
})

test('the normal distribution is accurate to six digits', () => {
  expect(normalCdf(0)).toBeCloseTo(0.5, 6)
  expect(normalCdf(-1.959964)).toBeCloseTo(0.025, 6)
})

test('a probability of 1 has no quantile', () => {
  expect(() => chiSquareQuantile(1, 3)).toThrow(RangeError)
})
