/** The confirmed gain: baseline and head, run again on unused seeds. */
import { mean } from 'simple-statistics'
import { change } from '../lib/format.ts'
import { studentQuantile, varianceRatioCdf } from './distributions.ts'
import { pooledVariance, roundingVariance } from './noise.ts'
import { levelOfLook } from './sequential.ts'

/** A gain on unused seeds: the head against the baseline, or against itself with one change removed. */
export interface Confirmed {
  /** In the metric's unit, positive is better. */
  gain: number
  /** 95% interval of the gain. */
  interval: [number, number]
  /** Means over the confirm runs, in the metric's own sign. */
  baseline: number
  head: number
  /** Runs of each tree; where runs failed, the smaller number. */
  seeds: number
  /** Number of looks at these runs so far; the interval allows for all of them. */
  looks: number
  /**
   * Standard deviation of each tree where the head's exceeds twice the baseline's, so they are not pooled; else null.
   */
  spread: { baseline: number; head: number } | null
  /** "better" when the whole interval is above zero, "worse" when below, else "inconclusive". */
  verdict: 'better' | 'inconclusive' | 'worse'
}

/** Metrics of the confirm runs of each tree. */
export interface Pairs {
  baseline: number[]
  head: number[]
}

/** Above this ratio of standard deviations, head and baseline do not share a variance. */
const MAX_SPREAD_RATIO = 2
/** With only two runs of the head, the variances count as different only at this confidence. */
const SPREAD_CONFIDENCE = 0.95

/**
 * Gain of the means with its t interval. This interval and those of all earlier looks together cover the true gain with
 * 95% probability. The variance pools the confirm runs with the session's σ by degrees of freedom. Where the head's
 * standard deviation exceeds twice the baseline's (its runs pooled with σ), each tree has its own variance and the
 * interval is Welch's.
 *
 * @param runs Metrics of the confirm runs, at least one each; none of them may have been seen in the session.
 * @param noise The session's estimate, made without the confirm runs: each run is counted once, in one or the other.
 * @param earlier Number of pairs at each earlier look at these runs.
 * @throws {RangeError} when a tree has no run, a metric is not finite, or there is one run each and no noise estimate,
 * which gives no interval.
 */
export function confirmGain(
  runs: Pairs,
  goal: 'minimize' | 'maximize',
  noise: { sigma: number; df: number } | null,
  earlier: number[] = [],
): Confirmed {
  const groups = [runs.baseline, runs.head]
  if (groups.some(group => group.length === 0) || !groups.flat().every(Number.isFinite))
    throw new RangeError('A gain is confirmed from at least one finite run of the baseline and one of the head.')
  const pairs = pairsOf(runs)
  const looks = [...earlier.filter(look => look < pairs), pairs]
  const spread = separateVariances(runs, noise)
  const { error, df } = spread ? ownErrors(runs, spread) : pooledError(runs, noise)
  if (df === 0) throw new RangeError('One run each and no noise estimate: the gain has no interval.')

  const [baseline, head] = [mean(runs.baseline), mean(runs.head)]
  // `change` flips the sign when the goal is to minimise; + 0 turns −0 into 0.
  const gain = change(head - baseline, goal) + 0
  const half = studentQuantile(1 - levelOfLook(looks) / 2, df) * error
  return {
    gain,
    interval: [gain - half, gain + half],
    baseline,
    head,
    seeds: Math.min(runs.baseline.length, runs.head.length),
    looks: looks.length,
    spread: spread && { baseline: Math.sqrt(spread.baseline.variance), head: Math.sqrt(spread.head.variance) },
    verdict: gain - half > 0 ? 'better' : gain + half < 0 ? 'worse' : 'inconclusive',
  }
}

/**
 * The confirmed gain on the holdout. The loop never measures the holdout, whose noise may differ from that of the val
 * metric. So only the confirm runs estimate its variance, and few seeds give a wide interval.
 *
 * @returns null when a tree has no run, or neither has two, since the noise is then unknown.
 */
export function confirmedHoldout(runs: Pairs, goal: 'minimize' | 'maximize', earlier: number[] = []): Confirmed | null {
  if (runs.baseline.length === 0 || runs.head.length === 0) return null
  return pooledVariance([runs.baseline, runs.head]).df === 0 ? null : confirmGain(runs, goal, null, earlier)
}

/** Effective number of pairs: the harmonic mean of the two run counts, which is their number when none failed. */
export const pairsOf = ({ baseline, head }: Pairs): number => 2 / (1 / baseline.length + 1 / head.length)

interface Variance {
  variance: number
  df: number
}

/** The variance of each tree where the head's is too large to pool; null where all runs may be pooled. */
function separateVariances(
  runs: Pairs,
  noise: { sigma: number; df: number } | null,
): { baseline: Variance; head: Variance } | null {
  const floor = roundingVariance([runs.baseline, runs.head])
  const baseline = poolWithNoise(pooledVariance([runs.baseline]), noise, floor)
  const own = pooledVariance([runs.head])
  const head = { ...own, variance: Math.max(own.variance, floor) }
  if (baseline.df === 0 || head.df === 0) return null
  if (head.variance <= MAX_SPREAD_RATIO ** 2 * baseline.variance) return null
  // Two runs differ this much by chance in one case of five, and their variance alone gives a uselessly wide interval.
  const byLuck =
    head.df === 1 && varianceRatioCdf(head.variance / baseline.variance, 1, baseline.df) < SPREAD_CONFIDENCE
  return byLuck ? null : { baseline, head }
}

function poolWithNoise(
  { variance, df }: Variance,
  noise: { sigma: number; df: number } | null,
  floor: number,
): Variance {
  const all = df + (noise?.df ?? 0)
  const pooled = all === 0 ? 0 : (df * variance + (noise ? noise.df * noise.sigma ** 2 : 0)) / all
  return { variance: Math.max(pooled, floor), df: all }
}

/** Standard error of the gain with its degrees of freedom, from one variance for both trees. */
function pooledError(runs: Pairs, noise: { sigma: number; df: number } | null) {
  const groups = [runs.baseline, runs.head]
  const { variance, df } = poolWithNoise(pooledVariance(groups), noise, roundingVariance(groups))
  return { error: Math.sqrt(variance * (1 / runs.baseline.length + 1 / runs.head.length)), df }
}

/** Standard error from one variance per tree; degrees of freedom by Welch (1947) and Satterthwaite (1946). */
function ownErrors(runs: Pairs, { baseline, head }: { baseline: Variance; head: Variance }) {
  const [b, t] = [baseline.variance / runs.baseline.length, head.variance / runs.head.length]
  return { error: Math.sqrt(b + t), df: (b + t) ** 2 / (b ** 2 / baseline.df + t ** 2 / head.df) }
}
