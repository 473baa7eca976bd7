/**
 * The distributions that the estimates need and simple-statistics lacks: Student's t, chi-square and F, from the
 * regularised incomplete beta and gamma functions. Formulas: NIST Digital Library of Mathematical Functions,
 * https://dlmf.nist.gov, by the numbers named below; continued fractions by Lentz's modified method.
 */
import { bisect, errorFunction, gammaln } from 'simple-statistics'
import { memoize } from '../lib/memoize.ts'

const tiny = 1e-300
const precision = 1e-15

/** Standard normal density. */
export const normalDensity = (z: number): number => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI)

/** Standard normal distribution function, to about 1e-7. */
export const normalCdf = (z: number): number => 0.5 * (1 + errorFunction(z / Math.SQRT2))

/** P(X ≤ x) of chi-square with df > 0 degrees of freedom. */
export const chiSquareCdf = (x: number, df: number): number => (x <= 0 ? 0 : incompleteGamma(df / 2, x / 2))

/** The x with P(X ≤ x) = p, 0 < p < 1. */
export const chiSquareQuantile = memoizeQuantile((p, df) => invert(x => chiSquareCdf(x, df), p, df))

/** P(T ≤ t) of Student's t with df > 0 degrees of freedom. */
export function studentCdf(t: number, df: number): number {
  const tail = 0.5 * incompleteBeta(df / (df + t * t), df / 2, 0.5)
  return t > 0 ? 1 - tail : tail
}

/** The t with P(T ≤ t) = p, 0 < p < 1. */
export function studentQuantile(p: number, df: number): number {
  if (p === 0.5) return 0
  return p > 0.5 ? upperStudentQuantile(p, df) : -studentQuantile(1 - p, df)
}

const upperStudentQuantile = memoizeQuantile((p, df) => invert(t => studentCdf(t, df), p, 2))

/** P(F ≤ f) of the ratio of two variances with m and n degrees of freedom. */
export const varianceRatioCdf = (f: number, m: number, n: number): number =>
  f <= 0 ? 0 : f === Number.POSITIVE_INFINITY ? 1 : incompleteBeta((m * f) / (m * f + n), m / 2, n / 2)

/** A search takes some hundred evaluations, and estimates ask for few pairs of p and df, each of them often. */
function memoizeQuantile(quantile: (p: number, df: number) => number): (p: number, df: number) => number {
  const ofDf = memoize((df: number) => memoize((p: number) => quantile(p, df), 100), 1000)
  return (p, df) => ofDf(df)(p)
}

/** Root of cdf(x) = p for x ≥ 0, bracketed by doubling from a first guess. */
function invert(cdf: (x: number) => number, p: number, guess: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`A quantile needs a probability between 0 and 1, not ${p}.`)
  let high = guess
  while (cdf(high) < p) high *= 2
  return bisect(x => cdf(x) - p, 0, high, 200, high * 1e-13)
}

/** P(a, x), regularised: the series 8.7.1 for small x, else 1 − Q by the continued fraction 8.9.2. */
function incompleteGamma(a: number, x: number): number {
  const front = Math.exp(a * Math.log(x) - x - gammaln(a))
  if (x < a + 1) {
    let [term, sum] = [1 / a, 1 / a]
    for (let n = 1; Math.abs(term) > Math.abs(sum) * precision; n++) {
      term *= x / (a + n)
      sum += term
    }
    return front * sum
  }
  return 1 - front / continuedFraction(x + 1 - a, n => [n * (a - n), x + 2 * n + 1 - a])
}

/** I_x(a, b), regularised: the continued fraction 8.17.22, on the side where it converges fast (8.17.4). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a)
  const front = Math.exp(gammaln(a + b) - gammaln(a) - gammaln(b) + a * Math.log(x) + b * Math.log1p(-x)) / a
  const fraction = continuedFraction(1, n => {
    const m = Math.floor(n / 2)
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    return [n % 2 === 0 ? even : odd, 1]
  })
  return front / fraction
}

/** b0 + a1/(b1 + a2/(b2 + …)) with [a, b] given for n = 1, 2, … */
function continuedFraction(b0: number, coefficients: (n: number) => [number, number]): number {
  let f = b0 === 0 ? tiny : b0
  let [c, d] = [f, 0]
  for (let n = 1; n < 10_000; n++) {
    const [a, b] = coefficients(n)
    d = 1 / (b + a * d || tiny)
    c = b + a / c || tiny
    f *= c * d
    if (Math.abs(c * d - 1) < precision) return f
  }
  return f
}
