/**
 * Pairs: two trees run side by side, so that a slow drift of the machine and its speed of the moment are in both. Each
 * pair gives one difference; only differences are compared.
 */
import { mean } from 'simple-statistics'
import { change } from '../lib/format.ts'
import type { Noise } from '../record/schema.ts'
import type { Confirmed, Pairs } from './confirm.ts'
import { studentQuantile } from './distributions.ts'
import { pooledVariance, sigmaInterval } from './noise.ts'
import { levelOfLook } from './sequential.ts'

/**
 * Share of the differences left out at either end: the gain is the mean of the middle third. With an outlier (ten standard
 * deviations) in 5% of the runs, the plain mean of 6 differences varies by 1.38σ and this by 0.81σ; without outliers by
 * 0.58σ and 0.66σ.
 */
const trim = 1 / 3

/** At least two differences are left. */
const leftOutAtEachEnd = (n: number): number => Math.max(0, Math.min(Math.floor(trim * n), Math.floor((n - 2) / 2)))
const sorted = (values: number[]): number[] => [...values].sort((a, b) => a - b)

/** The mean of the middle third of the differences; of fewer than four, the mean. @throws {RangeError} without one */
export function middleMean(differences: number[]): number {
  if (differences.length === 0) throw new RangeError('The mean of the middle needs a difference.')
  const cut = leftOutAtEachEnd(differences.length)
  return mean(sorted(differences).slice(cut, differences.length - cut))
}

interface Variance {
  variance: number
  df: number
}

/**
 * Variance of one difference, from several trees' differences: over n it is the variance of `middleMean` of n. From the
 * winsorised sum of squares as by Yuen (1974), The two-sample trimmed t for unequal population variances, Biometrika
 * 61(1); pooled by degrees of freedom.
 *
 * @param groups one list for each comparison of two trees; a list of one difference says nothing
 */
export function differenceVariance(groups: number[][]): Variance {
  let [sum, df] = [0, 0]
  for (const group of groups) {
    const n = group.length
    const cut = leftOutAtEachEnd(n)
    const left = n - 2 * cut
    if (left < 2) continue
    const ordered = sorted(group)
    const [low, high] = [ordered[cut] as number, ordered[n - 1 - cut] as number]
    df += left - 1
    // The rounded mean of equal values may differ from them by an ulp, so compare first to get exactly 0.
    if (low === high) continue
    const winsorised = ordered.map(value => Math.min(high, Math.max(low, value)))
    const center = mean(winsorised)
    const squares = winsorised.reduce((all, value) => all + (value - center) ** 2, 0)
    // n·squares / (left·(left − 1)), weighted by its left − 1 degrees of freedom.
    sum += (n * squares) / left
  }
  return { variance: df === 0 ? 0 : sum / df, df }
}

/**
 * σ of a paired session: the gain of n pairs has a standard deviation of σ·√(2/n). That of two or three pairs is the standard
 * deviation of a run beside another; the middle third of six makes it 1.14 times that, the price of leaving outliers out.
 *
 * @param groups differences of each experiment
 * @param floor variance of one run that the metric's rounding adds
 * @returns null while no experiment has two pairs
 */
export function pairNoise(groups: number[][], floor = 0): Noise | null {
  const { variance, df } = differenceVariance(groups)
  if (df === 0) return null
  const sigma = Math.sqrt(Math.max(variance / 2, floor))
  const runs = groups.reduce((sum, group) => sum + (group.length > 1 ? 2 * group.length : 0), 0)
  return { sigma, interval: sigma === 0 ? null : sigmaInterval(sigma, df), df, runs, earlier: [] }
}

/**
 * Degrees of freedom that the session's σ counts against the scatter of one comparison's own differences. With 4, two
 * outliers among six pairs hardly ever pass for a gain: 2.5 standard errors are exceeded by chance in 0.2% of cases with 5%
 * outliers (0.5% without regard to their own scatter) and in 0.6% of cases without outliers.
 */
const dfAgainstOwn = 4

/** Variance of one difference for this comparison: the session's, or more where its own differences scatter more. */
function varianceFor(differences: number[], session: number): number {
  const own = differenceVariance([differences])
  return Math.max(session, (dfAgainstOwn * session + own.df * own.variance) / (dfAgainstOwn + own.df))
}

/**
 * How many pairs of the session's usual scatter these are worth: their number, or fewer where they scatter more.
 * @param sigma of one run beside another
 */
export function pairsWorth(differences: number[], sigma: number): number {
  const usual = 2 * sigma ** 2
  return usual === 0 ? differences.length : (differences.length * usual) / varianceFor(differences, usual)
}

/** A gain from pairs; `half` is half its 95% interval, null where no noise is known. */
export interface PairedGain {
  gain: number
  half: number | null
  pairs: number
}

/** @param noise of the session, `pairNoise` of all experiments with this one; null while unknown */
export function pairedGain(differences: number[], noise: Pick<Noise, 'sigma' | 'df'> | null): PairedGain {
  const pairs = differences.length
  const error = noise && Math.sqrt(varianceFor(differences, 2 * noise.sigma ** 2) / pairs)
  const half = noise && error !== null ? error * studentQuantile(0.975, noise.df) : null
  return { gain: middleMean(differences) + 0, half, pairs }
}

/** Below this many degrees of freedom σ is too uncertain to end an experiment early. */
const dfToStopEarly = 6
/** Standard deviations of a difference by which every pair must fall short. */
const sigmasToStopEarly = 3

/**
 * Whether more pairs are useless: each of two or more is a loss, and falls short of the needed gain by three standard deviations of a
 * difference. One outlier cannot do that, and a candidate that does is never a keep.
 */
export function isHopeless(differences: number[], needed: number, noise: Pick<Noise, 'sigma' | 'df'> | null): boolean {
  if (noise === null || noise.df < dfToStopEarly || noise.sigma === 0) return false
  const limit = Math.min(0, needed - sigmasToStopEarly * Math.SQRT2 * noise.sigma)
  return differences.length >= 2 && differences.every(difference => difference < limit)
}

/**
 * The confirmed gain of a paired target: from the pairs' differences, with their own noise and the session's. Of the
 * session's comparisons those count whose differences were averaged in the same way, all or the middle third.
 *
 * @param runs values of confirm runs that both trees made side by side, pair by pair
 * @param session the loop's differences by experiment, made without the confirm runs
 * @param earlier pairs at each earlier look
 * @returns null while nothing bounds the noise
 */
export function confirmPaired(
  runs: Pairs,
  goal: 'minimize' | 'maximize',
  session: number[][],
  earlier: number[] = [],
): Confirmed | null {
  const gains = gainsOf(runs, goal)
  const pairs = gains.length
  if (pairs === 0) return null
  const isTrimmed = leftOutAtEachEnd(pairs) > 0
  const alike = isTrimmed ? session.filter(group => leftOutAtEachEnd(group.length) > 0) : session
  const { variance, df } = (isTrimmed ? differenceVariance : pooledVariance)([...alike, gains])
  if (df === 0) return null
  const looks = [...earlier.filter(look => look < pairs), pairs]
  const gain = middleMean(gains) + 0
  const half = studentQuantile(1 - levelOfLook(looks) / 2, df) * Math.sqrt(varianceFor(gains, variance) / pairs)
  return {
    gain,
    interval: [gain - half, gain + half],
    baseline: mean(runs.baseline),
    head: mean(runs.head),
    seeds: pairs,
    plannedRuns: 0,
    looks: looks.length,
    spread: null,
    verdict: verdictOf(gain, half),
  }
}

/**
 * The gain of an adopted branch from pairs. As `confirmPaired`, but its own differences alone must explain the gain too:
 * the branch may vary more than what the session compared, and of a few pairs that hardly shows.
 * @returns null where there are fewer than two pairs, which say nothing of how the differences vary
 */
export function branchGainPaired(
  runs: Pairs,
  goal: 'minimize' | 'maximize',
  session: number[][],
  earlier: number[] = [],
): Confirmed | null {
  const found = confirmPaired(runs, goal, session, earlier)
  const own = differenceVariance([gainsOf(runs, goal)])
  if (found === null || own.df === 0) return null
  const { gain, interval, seeds } = found
  const confidence = 1 - levelOfLook([...earlier.filter(look => look < seeds), seeds]) / 2
  const ofOwn = studentQuantile(confidence, own.df) * Math.sqrt(own.variance / seeds)
  const half = Math.max(interval[1] - gain, ofOwn)
  return { ...found, interval: [gain - half, gain + half], verdict: verdictOf(gain, half) }
}

/** Gains of the pairs of runs; one without a partner is left out. */
function gainsOf({ baseline, head }: Pairs, goal: 'minimize' | 'maximize'): number[] {
  const pairs = Math.min(baseline.length, head.length)
  return head.slice(0, pairs).map((value, i) => change(value - (baseline[i] as number), goal))
}

const verdictOf = (gain: number, half: number): Confirmed['verdict'] =>
  gain - half > 0 ? 'better' : gain + half < 0 ? 'worse' : 'inconclusive'
