/**
 * What a measured gain says about a true effect, with the luck of what it was compared with. A head is kept for its value,
 * so that without any effect it is the best of all values measured before; a kept change was kept for its own.
 */
import { z } from 'zod'
import { normalCdf, studentCdf, studentQuantile } from './distributions.ts'
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
  const t = gain / sigma / Math.sqrt(1 / runs + 1 / headRuns)
  const tail = 1 - (df > MANY_DF ? normalCdf(t) : studentCdf(t, df))
  // Of changes without effect that were kept, all had a gain: half of the values are missing.
  return kept ? Math.min(1, 2 * tail) : tail
}

/** The same as a standard normal value, which is large if the gain is. */
export const scoreOf = (effect: Effect, way: Way): number => normalQuantile(1 - probabilityOf(effect, way))

/** Bounds of the effect, each exceeded with this probability at most. */
export function boundsOf({ gain, sigma, df, runs, headRuns, among, kept }: Effect, tail: number): [number, number] {
  if (sigma === 0) return [gain, gain]
  const below = studentAt(kept ? tail / 2 : tail, df) * Math.sqrt(1 / runs + 1 / headRuns)
  const above = excessQuantile(1 - tail, { among, runs: headRuns, others: 1, otherRuns: runs }, df)
  return [gain - sigma * below, gain + sigma * above]
}

/** Beyond this, one gain would outweigh any number of others. */
const MAX_SCORE = 5

/** The quantile of the standard normal distribution, within ±5. */
export function normalQuantile(p: number): number {
  let [low, high] = [-MAX_SCORE, MAX_SCORE]
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2
    if (normalCdf(middle) < p) low = middle
    else high = middle
  }
  return high
}

/** Above this, σ counts as known. */
const MANY_DF = 1000
const quantiles = new Map<string, number>()

/** Student's t at 1 − tail; computed once for each pair of arguments. */
function studentAt(tail: number, df: number): number {
  const key = `${tail} ${df}`
  const found = quantiles.get(key) ?? studentQuantile(1 - tail, df)
  quantiles.set(key, found)
  return found
}
