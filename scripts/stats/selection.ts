/** What choosing the best of several measured values gains by chance alone. Pure. */
import { excessQuantile } from './ranges.ts'

export interface Choice {
  /** Values that the best was chosen from. */
  among: number
  /** Runs of the best, of which the choice saw the first. */
  runs: number
  /** Standard deviation of the noise of one value, in units of the metric, and its degrees of freedom. */
  sigma: number
  df: number
  /** Runs that the value of the head is the mean of; infinite where a value is a gain over a head that was run beside it. */
  headRuns: number
}

/**
 * The gain over the head that the best of so many values without effect exceeds in half of all cases, as one of them
 * exceeds 0: with that subtracted, a choice is kept no more often than a single one. In units of the metric; 0 of one value.
 */
export function selectionAllowance({ among, runs, sigma, df, headRuns }: Choice): number {
  if (among < 2 || sigma === 0) return 0
  const otherRuns = Math.min(headRuns, MANY_RUNS)
  return (sigma * Math.max(0, excessQuantile(0.5, { among, runs: 1, others: 1, otherRuns }, df))) / runs
}

const MANY_RUNS = 1e6
