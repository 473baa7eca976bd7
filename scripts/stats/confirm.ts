/** The confirmed gain: baseline and head, run again on unused seeds. */
import { mean } from 'simple-statistics'
import { change } from '../lib/format.ts'
import { studentQuantile, varianceRatioCdf } from './distributions.ts'
import {
  type EarlierNoise,
  pooledVariance,
  poolVariances,
  roundingVariance,
  type Variance,
  withEarlier,
} from './noise.ts'
import { levelOfLook } from './sequential.ts'

/** A gain on unused seeds: the head against the baseline, or against itself with one change removed. */
export interface Confirmed {
  /** In the metric's unit, positive is better. */
  gain: number
  /** 95% interval of the gain. */
  interval: [number, number]
  /** Means over the runs that were compared, in the metric's own sign. */
  baseline: number
  head: number
  /** Runs of each tree on unused seeds; where runs failed, the smaller number. */
  seeds: number
  /** Further runs of the baseline that count: those that the loop had planned. 0 where there are none, or they differ. */
  plannedRuns: number
  /** Number of looks at these runs so far; the interval allows for all of them. */
  looks: number
  /** Standard deviation of each tree where the head's is larger by a test at 5%, so they are not pooled; else null. */
  spread: { baseline: number; head: number } | null
  /** "better" when the whole interval is above zero, "worse" when below, else "inconclusive". */
  verdict: 'better' | 'inconclusive' | 'worse'
}

/** Metrics of the confirm runs of each tree. */
export interface Pairs {
  baseline: number[]
  head: number[]
  /** Runs of the baseline in the loop that were planned before anything was measured. */
  planned?: number[]
}

/** σ of the session's other runs; each run is counted once, here or in confirm. `Noise` of the records has these fields. */
export interface SessionNoise {
  sigma: number
  df: number
  /** Without the earlier sessions, and those; where known, the confirm runs help to decide whether these count. */
  own?: { sigma: number; df: number } | undefined
  earlierSessions?: EarlierNoise[] | undefined
}

/** Confidence of the F test by which the head's spread is called larger, and each tree gets its own variance. */
const SPREAD_CONFIDENCE = 0.95
/**
 * The same on the holdout. There no σ is pooled in. With as many runs of each tree, one variance for both then gives nearly
 * the right interval for unequal spreads too, and two by chance a much wider one. So only a clear difference counts.
 */
const HOLDOUT_SPREAD_CONFIDENCE = 0.999
/** The baseline's planned runs count unless a two-sided t test at this level tells them from its confirm runs. */
const DRIFT_LEVEL = 0.05

/**
 * Gain of the means with its t interval. This interval and those of all earlier looks together cover the true gain with
 * 95% probability. The variance pools the confirm runs with the session's σ by degrees of freedom. Where the head's
 * variance is larger than the baseline's (its runs pooled with σ) by an F test at 5%, each tree has its own variance and
 * the interval is Welch's.
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
  noise: SessionNoise | null,
  earlier: number[] = [],
): Confirmed {
  return gainOf(runs, goal, noise, earlier, SPREAD_CONFIDENCE)
}

/**
 * The gain of an adopted branch. As `confirmGain`, but nothing is assumed of how much the branch varies: of two or three
 * runs the F test seldom tells that it varies more. The interval is Banerjee's (1960, Sankhya 22), which covers at least
 * 95% whatever the two variances are. Only the baseline's is pooled with the session's σ.
 *
 * @returns null where the branch has fewer than two runs, which say nothing of its variance, or the baseline's is unknown
 */
export function branchGain(
  runs: Pairs,
  goal: 'minimize' | 'maximize',
  noise: SessionNoise | null,
  earlier: number[] = [],
): Confirmed | null {
  if (runs.baseline.length === 0 || runs.head.length < 2) return null
  if (variancesOf(runs, noise) === null) return null
  return gainOf(runs, goal, noise, earlier, SPREAD_CONFIDENCE, true)
}

/**
 * The confirmed gain on the holdout. The loop never measures the holdout, whose noise may differ from that of the val
 * metric. So only the confirm runs estimate its variance, and few seeds give a wide interval.
 *
 * @returns null when a tree has no run, or neither has two, since the noise is then unknown.
 */
export function confirmedHoldout(runs: Pairs, goal: 'minimize' | 'maximize', earlier: number[] = []): Confirmed | null {
  if (runs.baseline.length === 0 || runs.head.length === 0) return null
  if (pooledVariance([runs.baseline, runs.head]).df === 0) return null
  return gainOf(runs, goal, null, earlier, HOLDOUT_SPREAD_CONFIDENCE)
}

/** Effective number of pairs: the harmonic mean of the two run counts, which is their number when none failed. */
export const pairsOf = ({ baseline, head }: Pairs): number => effectivePairs(baseline.length, head.length)

const effectivePairs = (a: number, b: number): number => 2 / (1 / a + 1 / b)

function gainOf(
  runs: Pairs,
  goal: 'minimize' | 'maximize',
  noise: SessionNoise | null,
  earlier: number[],
  spreadConfidence: number,
  anyVariances = false,
): Confirmed {
  const groups = [runs.baseline, runs.head]
  if (groups.some(group => group.length === 0) || ![...groups.flat(), ...(runs.planned ?? [])].every(Number.isFinite))
    throw new RangeError('A gain is confirmed from at least one finite run of the baseline and one of the head.')
  const pooled = pooledWithNoise(runs, noise)
  if (pooled.df === 0) throw new RangeError('One run each and no noise estimate: the gain has no interval.')
  const planned = agreeingRuns(runs, pooled)
  const compared = { baseline: [...runs.baseline, ...planned], head: runs.head }
  const spreads = unequalSpreads(runs, noise, spreadConfidence)
  const { error, df } = spreads ? ownErrors(compared, spreads) : pooledError(compared, pooled)

  const [baseline, head] = [mean(compared.baseline), mean(compared.head)]
  // `change` flips the sign when the goal is to minimise; + 0 turns −0 into 0.
  const gain = change(head - baseline, goal) + 0
  const pairs = pairsOf(runs)
  const looks = [...earlier.filter(look => look < pairs), pairs]
  // A look's level depends on what each look knew; the planned runs were known at all of them.
  const known = looks.map(look => effectivePairs(look + planned.length, look))
  const confidence = 1 - levelOfLook(known) / 2
  const variances = anyVariances ? variancesOf(runs, noise) : null
  const half = variances ? halfForAny(compared, variances, confidence) : studentQuantile(confidence, df) * error
  return {
    gain,
    interval: [gain - half, gain + half],
    baseline,
    head,
    seeds: Math.min(runs.baseline.length, runs.head.length),
    plannedRuns: planned.length,
    looks: looks.length,
    spread: spreads && { baseline: Math.sqrt(spreads.baseline.variance), head: Math.sqrt(spreads.head.variance) },
    verdict: gain - half > 0 ? 'better' : gain + half < 0 ? 'worse' : 'inconclusive',
  }
}

/** The planned runs, or none of them where they differ from the baseline's confirm runs: the machine has changed. */
function agreeingRuns({ baseline, planned = [] }: Pairs, { variance, df }: Variance): number[] {
  if (planned.length === 0) return []
  const difference = Math.abs(mean(planned) - mean(baseline))
  const error = Math.sqrt(variance * (1 / planned.length + 1 / baseline.length))
  return difference <= studentQuantile(1 - DRIFT_LEVEL / 2, df) * error ? planned : []
}

interface Spreads {
  baseline: Variance
  head: Variance
}

/** The variance of each tree, the baseline's pooled with the session's σ; null where one of them is unknown. */
function variancesOf(runs: Pairs, noise: SessionNoise | null): Spreads | null {
  const baseline = pooledWithNoise({ ...runs, head: [] }, noise)
  const own = pooledVariance([runs.head])
  const head = { ...own, variance: Math.max(own.variance, roundingVariance([runs.baseline, runs.head])) }
  return baseline.df === 0 || head.df === 0 ? null : { baseline, head }
}

/** The variance of each tree where the head's is larger; null where it is not, or one of them is unknown. */
function unequalSpreads(runs: Pairs, noise: SessionNoise | null, confidence: number): Spreads | null {
  const spreads = variancesOf(runs, noise)
  if (spreads === null) return null
  const { baseline, head } = spreads
  const ratio = head.variance === baseline.variance ? 1 : head.variance / baseline.variance
  return varianceRatioCdf(ratio, head.df, baseline.df) < confidence ? null : spreads
}

/** The variance within both trees' confirm runs and the session's other runs, not below the rounding noise. */
function pooledWithNoise(runs: Pairs, noise: SessionNoise | null): Variance {
  const groups = [runs.baseline, runs.head]
  const session = noise?.own ?? noise
  const other = session ? [{ variance: session.sigma ** 2, df: session.df }] : []
  const here = poolVariances([pooledVariance(groups), ...other])
  const { variance, df } = noise?.own ? withEarlier(here, noise.earlierSessions ?? []) : here
  return { variance: Math.max(variance, roundingVariance(groups)), df }
}

/** Standard error of the gain with its degrees of freedom, from one variance for both trees. */
const pooledError = ({ baseline, head }: Pairs, { variance, df }: Variance) => ({
  error: Math.sqrt(variance * (1 / baseline.length + 1 / head.length)),
  df,
})

/** Standard error from one variance per tree; degrees of freedom by Welch (1947) and Satterthwaite (1946). */
function ownErrors(runs: Pairs, { baseline, head }: Spreads) {
  const [b, t] = [baseline.variance / runs.baseline.length, head.variance / runs.head.length]
  return { error: Math.sqrt(b + t), df: (b + t) ** 2 / (b ** 2 / baseline.df + t ** 2 / head.df) }
}

/** Half of Banerjee's interval: the squares of each mean's own half add up. */
const halfForAny = (runs: Pairs, { baseline, head }: Spreads, confidence: number): number =>
  Math.hypot(
    studentQuantile(confidence, baseline.df) * Math.sqrt(baseline.variance / runs.baseline.length),
    studentQuantile(confidence, head.df) * Math.sqrt(head.variance / runs.head.length),
  )
