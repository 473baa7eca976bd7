/**
 * What a measured gain says about a true effect, with the luck of what it was compared with. A head is kept for its value,
 * so that without any effect it is the best of all values measured before; a kept change was kept for its own.
 */
import { z } from 'zod'
import { chiSquareQuantile, studentCdf, studentQuantile } from './distributions.ts'
import { excessProbability, excessQuantile } from './ranges.ts'

/** A gain with all that its uncertainty depends on. */
export const effectSchema = z.object({
  /** In any unit; positive is better. */
  gain: z.number(),
  /** Standard deviation of one run in the same unit, and its degrees of freedom. */
  sigma: z.number().nonnegative(),
  df: z.number().positive(),
  /** Number of runs that the change's value and the other value are means of. */
  runs: z.number().int().positive(),
  headRuns: z.number().int().positive(),
  /** The other value is that of the best of this many; 1: it was not picked. */
  among: z.number().int().positive(),
  /** The change was kept for this value. */
  kept: z.boolean(),
})
export type Effect = z.infer<typeof effectSchema>

/** The two one-sided questions. */
export type Way = 'better' | 'worse'

/** Probability of a gain so far in this direction if the change has no effect; at most that, where selection is weaker. */
export function probabilityOf({ gain, sigma, df, runs, headRuns, among, kept }: Effect, way: Way): number {
  if (sigma === 0) return (way === 'better' ? gain : -gain) > 0 ? 0 : 1
  if (way === 'worse')
    return excessProbability(-gain / sigma, { among, runs: headRuns, others: 1, otherRuns: runs }, df)
  const tail = 1 - studentCdf(gain / sigma / Math.sqrt(1 / runs + 1 / headRuns), df)
  // Of changes without effect that were kept, all had a gain: half of the values are missing.
  return kept ? Math.min(1, 2 * tail) : tail
}

/** The same as a standard normal value, which is large if the gain is. */
export const scoreOf = (effect: Effect, way: Way): number => normalQuantile(1 - probabilityOf(effect, way))

/** Bounds of the effect, each exceeded with this probability at most. */
export function boundsOf({ gain, sigma, df, runs, headRuns, among, kept }: Effect, tail: number): [number, number] {
  if (sigma === 0) return [gain, gain]
  const below = studentQuantile(1 - (kept ? tail / 2 : tail), df) * Math.sqrt(1 / runs + 1 / headRuns)
  const above = excessQuantile(1 - tail, { among, runs: headRuns, others: 1, otherRuns: runs }, df)
  return [gain - sigma * below, gain + sigma * above]
}

/** Beyond this, one gain would outweigh any number of others. */
const MAX_SCORE = 5

/** The quantile of the standard normal distribution, within ±5. */
export function normalQuantile(p: number): number {
  const least = 3e-7
  if (p <= least) return -MAX_SCORE
  if (p >= 1 - least) return MAX_SCORE
  // The square of a normal value is chi-square with one degree of freedom.
  const size = Math.sqrt(chiSquareQuantile(Math.max(1e-12, Math.abs(2 * p - 1)), 1))
  return p < 0.5 ? -size : size
}
