/**
 * How far apart runs of trees that do not differ come to lie, in units of an estimated σ: the studentized range (Tukey
 * 1953), and the excess of a value that was picked as the best of many over others. Both by numerical integration, to
 * about 0.001 of a probability.
 */
import { gammaln } from 'simple-statistics'
import { normalCdf, normalDensity } from './distributions.ts'

/** A difference in units of σ, by its distribution function where σ is known. */
type Known = (difference: number) => number

/**
 * The value that the difference between the largest and the smallest of `values` runs exceeds with probability 1 − p, in
 * units of a σ estimated with `df` degrees of freedom. Bounds all differences between the runs at once.
 */
export const rangeQuantile = (p: number, values: number, df: number): number =>
  quantile(`range ${values}`, knownRange(values), p, df)

/** What is compared with a picked value. */
export interface Picked {
  /** The value is the best of this many; 1: not picked. */
  among: number
  /** Runs that each of those is the mean of. */
  runs: number
  /** Number of other values, the smallest of which is compared, and the runs that each is the mean of. */
  others: number
  otherRuns: number
}

/**
 * Probability that the picked value exceeds the smallest of the others by more than this, in units of a σ estimated with
 * `df` degrees of freedom, when no tree differs.
 */
export const excessProbability = (difference: number, picked: Picked, df: number): number =>
  1 - studentized(tableOf(keyOf(picked), knownExcess(picked)), difference, df)

/** The excess that is exceeded with probability 1 − p. */
export const excessQuantile = (p: number, picked: Picked, df: number): number =>
  quantile(keyOf(picked), knownExcess(picked), p, df)

const keyOf = ({ among, runs, others, otherRuns }: Picked): string =>
  `excess ${roundedUp(among)} ${runs} ${others} ${otherRuns}`

/** To the next of 1, 1.2, 1.5, 2, 3, 5, 7 and ten times those, so that few distributions are computed; a picked value is then allowed slightly more. */
function roundedUp(count: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, count)))
  const digit = [1, 1.2, 1.5, 2, 3, 5, 7, 10].find(d => d * power >= count - 1e-9) ?? 10
  return Math.ceil(digit * power)
}

/** Step and end of the integration over a normal value. The trapezoid rule is nearly exact for such smooth functions. */
const [normalStep, normalEnd] = [0.2, 7]

/** The integral of a function over the density of a standard normal value. */
function overNormal(f: (z: number) => number): number {
  let sum = 0
  for (let z = -normalEnd; z <= normalEnd; z += normalStep) sum += normalDensity(z) * f(z)
  return sum * normalStep
}

/** Given the smallest of the values at z, all others lie within the range above it. */
const knownRange =
  (values: number): Known =>
  range =>
    range <= 0 ? 0 : values * overNormal(z => (normalCdf(z + range) - normalCdf(z)) ** (values - 1))

/** Given the smallest of the others at z, all values that were picked from lie below z plus the difference. */
const knownExcess =
  ({ among, runs, others, otherRuns }: Picked): Known =>
  difference =>
    others *
    overNormal(
      z =>
        normalCdf(-z) ** (others - 1) *
        normalCdf((difference + z / Math.sqrt(otherRuns)) * Math.sqrt(runs)) ** roundedUp(among),
    )

/** The distribution function at differences `from`, `from` + `tableStep`, …; between them it is linear. */
const tableStep = 0.05
const [tableFrom, tableTo] = [-14, 18]
const tables = new Map<string, Float64Array>()

function tableOf(key: string, known: Known): Float64Array {
  const found = tables.get(key)
  if (found) return found
  const made = new Float64Array(Math.round((tableTo - tableFrom) / tableStep) + 1)
  // From the middle to either end, until the rest is 0 or 1.
  const middle = Math.round(-tableFrom / tableStep)
  made.fill(1, middle)
  for (let i = middle; i < made.length && (i === middle || (made[i - 1] ?? 1) < 1 - 1e-9); i++)
    made[i] = Math.min(1, known(tableFrom + i * tableStep))
  for (let i = middle - 1; i >= 0 && (made[i + 1] ?? 0) > 1e-9; i--) made[i] = known(tableFrom + i * tableStep)
  tables.set(key, made)
  return made
}

function lookUp(table: Float64Array, difference: number): number {
  const place = (difference - tableFrom) / tableStep
  if (place <= 0) return table[0] ?? 0
  if (place >= table.length - 1) return table[table.length - 1] ?? 1
  const below = Math.floor(place)
  const [a, b] = [table[below] ?? 0, table[below + 1] ?? 1]
  return a + (b - a) * (place - below)
}

/** Above this, σ counts as known. */
const manyDf = 1000
/** Points of the integration over the estimate of σ. */
const sigmaSteps = 160

/** P(difference / estimated σ ≤ x), averaged over the chi distribution of the estimate. */
function studentized(table: Float64Array, x: number, df: number): number {
  if (df > manyDf) return lookUp(table, x)
  const logFront = Math.LN2 + (df / 2) * Math.log(df / 2) - gammaln(df / 2)
  const end = 1 + 6 / Math.sqrt(df)
  const step = end / sigmaSteps
  let [sum, weights] = [0, 0]
  // Midpoints: the density may be infinite at 0 for fractions of a degree.
  for (let i = 0; i < sigmaSteps; i++) {
    const s = (i + 0.5) * step
    const weight = Math.exp(logFront + (df - 1) * Math.log(s) - (df * s * s) / 2)
    sum += weight * lookUp(table, x * s)
    weights += weight
  }
  return sum / weights
}

const quantiles = new Map<string, number>()

function quantile(key: string, known: Known, p: number, df: number): number {
  if (!(p > 0 && p < 1 && df > 0)) throw new RangeError(`A quantile needs 0 < p < 1 and df > 0, not ${p} and ${df}.`)
  const full = `${key} ${p} ${df}`
  const found = quantiles.get(full)
  if (found !== undefined) return found
  const table = tableOf(key, known)
  let [low, high] = [-64, 64]
  // With few degrees of freedom, quantiles are large.
  while (studentized(table, high, df) < p && high < 1e6) high *= 2
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2
    if (studentized(table, middle, df) < p) low = middle
    else high = middle
  }
  quantiles.set(full, high)
  return high
}
