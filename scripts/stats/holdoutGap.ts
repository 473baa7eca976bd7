/** Whether the gain carries over to the holdout, from the difference of the two metrics within each run. */
import { mean } from 'simple-statistics'
import { change } from '../lib/format.ts'
import { studentQuantile } from './distributions.ts'
import { pooledVariance, roundingVariance } from './noise.ts'
import { levelOfLook } from './sequential.ts'

/** A run of confirm that measured both splits. */
export interface SplitRun {
  val: number
  holdout: number
}

export interface HoldoutGap {
  /** How much smaller the gain is on the holdout than on val, in the metric's unit; negative where it is larger. */
  gain: number
  /** 95% interval of it. */
  interval: [number, number]
  /** What the interval shows of the gain on the holdout; "inconclusive" where it includes zero. */
  verdict: 'smaller' | 'inconclusive' | 'larger'
}

/**
 * Compares the gains on val and holdout, of the head over the baseline. Both are measured in the same runs, so their
 * noise is in part the same, and the difference within a run is free of that part. Its noise is estimated from these
 * runs alone.
 *
 * The level of the first call of confirm is the full 5%: confirm goes on or stops by the gain on val, so the extra pairs of
 * a call raise its error to 5.3% only. Calls by hand may follow from the gap itself, so each is a look with a wider
 * interval; the error of three more calls is then 6 to 7.5% in all (both measured by bench/judge/holdout.ts).
 *
 * @param earlierCalls number of pairs at the end of each earlier call of confirm
 * @returns null where neither tree has two such runs
 */
export function holdoutGap(
  baseline: SplitRun[],
  head: SplitRun[],
  goal: 'minimize' | 'maximize',
  earlierCalls: number[] = [],
): HoldoutGap | null {
  if (baseline.length === 0 || head.length === 0) return null
  const groups = [baseline, head].map(runs => runs.map(({ val, holdout }) => holdout - val))
  const within = pooledVariance(groups)
  if (within.df === 0) return null
  const of = (split: keyof SplitRun) => [baseline, head].map(runs => runs.map(run => run[split]))
  const variance = Math.max(within.variance, roundingVariance(of('val')) + roundingVariance(of('holdout')))
  const pairs = 2 / (1 / baseline.length + 1 / head.length)
  const earlier = earlierCalls.filter(count => count < pairs)
  const level = earlier.length === 0 ? 0.05 : levelOfLook([...earlier, pairs])
  const exact = roundingErrorTo0([...baseline, ...head])
  const half = exact(studentQuantile(1 - level / 2, within.df) * Math.sqrt((2 * variance) / pairs))
  const [from, to] = groups.map(mean) as [number, number]
  // A smaller gain on the holdout: the head is worse there than the baseline, relative to val. + 0 turns −0 into 0.
  const gain = exact(-change(to - from, goal)) + 0
  return {
    gain,
    interval: [gain - half, gain + half],
    verdict: gain - half > 0 ? 'smaller' : gain + half < 0 ? 'larger' : 'inconclusive',
  }
}

/** A part of the metrics' size below which a difference is one of floating-point arithmetic, not of the runs. */
const ROUNDING_ERROR = 1e-12

function roundingErrorTo0(runs: SplitRun[]): (difference: number) => number {
  const largest = Math.max(...runs.flatMap(({ val, holdout }) => [Math.abs(val), Math.abs(holdout)]))
  return difference => (Math.abs(difference) <= ROUNDING_ERROR * largest ? 0 : difference)
}
