/** σ: the standard deviation of the metric between seeds of the same tree, with its interval. */
import { mean } from 'simple-statistics'
import { memoize } from '../lib/memoize.ts'
import type { Noise } from '../record/schema.ts'
import { chiSquareQuantile, varianceRatioCdf } from './distributions.ts'

/** The unshrunk estimate of an earlier session with the same machine and contract. */
export interface EarlierNoise {
  id: string
  sigma: number
  df: number
}

/**
 * Weight of all earlier sessions together, in degrees of freedom: at most 2, an eighth of what they have, and less the more
 * this session has itself. So σ's interval still covers in 93% of sessions where the earlier ones were half as noisy,
 * which so few runs cannot show; a weight of 4 covers in 83 to 88% (measured by bench/judge/sigma.ts).
 */
const earlierWeight = (own: number, before: number): number => Math.min(2, before / 8, 3 / own)
/** Earlier sessions are left out if a two-sided F test against this session has a p-value below this. */
const disagreement = 0.05

/**
 * Pooled standard deviation between runs of the same tree, shrunk towards earlier sessions by degrees of freedom.
 *
 * @param groups Metrics by tree. No run may have been selected by its value: the lucky first run of a kept candidate
 * differs from its repeats by more than noise.
 * @param trees One metric for each tree that was run, selected or not: they show how coarse the metric is.
 * @returns σ in units of the metric, with its 95% interval by chi-square; null when no tree was run twice. σ is 0 only
 * when all repeats of a fine metric agree to the last digit. A coarse metric hides noise below its step, so its σ is at
 * least the rounding noise, step/√12.
 */
export function estimateNoise(
  groups: number[][],
  earlier: EarlierNoise[] = [],
  trees: number[] = firstOfEach(groups),
): Noise | null {
  const repeats = groups.filter(group => group.length > 1)
  if (repeats.length === 0) return null
  const own = pooledVariance(repeats)
  const rounding = roundingVariance(groups, trees)
  const floored = { ...own, variance: Math.max(own.variance, rounding) }
  const { variance, df, ids } = withEarlier(floored, earlier)
  const sigma = Math.sqrt(variance)
  const hidden = own.variance === 0 && ids.length === 0
  return {
    sigma,
    interval: sigma === 0 ? null : hidden ? hiddenInterval(repeats, sigma, rounding) : sigmaInterval(sigma, df),
    df,
    runs: repeats.reduce((sum, group) => sum + group.length, 0),
    earlier: ids,
    ...(earlier.length === 0
      ? {}
      : { own: { sigma: Math.sqrt(floored.variance), df: own.df }, earlierSessions: earlier }),
  }
}

/** A variance and the degrees of freedom that it was estimated with. */
export interface Variance {
  variance: number
  df: number
}

/** Pools estimates of one variance by their degrees of freedom; 0 and 0 without any. */
export function poolVariances(estimates: Variance[]): Variance {
  const df = estimates.reduce((sum, estimate) => sum + estimate.df, 0)
  const squares = estimates.reduce((sum, estimate) => sum + estimate.df * estimate.variance, 0)
  return { variance: df === 0 ? 0 : squares / df, df }
}

/** Variance within groups and its degrees of freedom; 0 and 0 when no group has two values. */
export function pooledVariance(groups: number[][]): Variance {
  let [squares, df] = [0, 0]
  for (const group of groups) {
    // The rounded mean of equal values may differ from them by an ulp, so compare first to get exactly 0.
    if (group.length < 2 || group.every(value => value === group[0])) {
      df += Math.max(0, group.length - 1)
      continue
    }
    const center = mean(group)
    for (const value of group) squares += (value - center) ** 2
    df += group.length - 1
  }
  return { variance: df === 0 ? 0 : squares / df, df }
}

/**
 * Variance that rounding to a coarse metric's step adds, step²/12; 0 for a fine metric. A metric is coarse when it
 * never shows five significant digits (0.945), or takes few distinct values over many trees (k of 600 examples).
 *
 * @param trees one metric for each tree
 */
export function roundingVariance(groups: number[][], trees: number[] = firstOfEach(groups)): number {
  // A zero has no digits, so it does not show the step: three runs of 0 may be of any metric.
  const values = [...groups.flat(), ...trees].filter(value => value !== 0)
  if (values.length === 0) return 0
  const step = stepOf(values)
  if (step > 1e-5 * Math.max(...values.map(Math.abs))) return step ** 2 / 12
  const sorted = trees.toSorted((a, b) => a - b)
  const gaps = sorted.slice(1).map((value, i) => value - (sorted[i] ?? value))
  const distinct = gaps.filter(gap => gap > step / 2)
  if (trees.length < 8 || distinct.length + 1 > trees.length / 2 || distinct.length === 0) return 0
  return Math.min(...distinct) ** 2 / 12
}

const firstOfEach = (groups: number[][]): number[] => groups.flatMap(group => group.slice(0, 1))

/** The decimal place to which all values are rounded. Few integers that end in 0 (90, 90) may be rounded to 1 as well. */
function stepOf(values: number[]): number {
  const decimals = Math.max(...values.map(decimalsOf))
  return 10 ** -(new Set(values).size < 3 ? Math.max(0, decimals) : decimals)
}

/**
 * Decimals of the shortest text that reads back as the value: 0.9979 → 4, 1e-7 → 7, 94 → 0, 1200 → −2. Memoized, because
 * the loop estimates σ after each run, from the metrics of all runs so far.
 */
const decimalsOf = memoize((value: number): number => {
  const [digits = '', exponent = '0'] = value.toExponential().split('e')
  return (digits.split('.')[1]?.length ?? 0) - Number(exponent)
})

/**
 * Pools this session's variance with those of earlier sessions, at a capped weight; without them where the two differ.
 *
 * @returns `ids`: the sessions that count
 */
export function withEarlier(own: Variance, earlier: EarlierNoise[]): Variance & { ids: string[] } {
  const sessions = earlier.filter(session => session.df > 0 && Number.isFinite(session.sigma))
  const before = poolVariances(sessions.map(({ sigma, df }) => ({ variance: sigma ** 2, df })))
  if (before.df === 0 || own.df === 0) return { ...own, ids: [] }
  const ratio = own.variance === before.variance ? 1 : own.variance / before.variance
  const below = varianceRatioCdf(ratio, own.df, before.df)
  if (Math.min(below, 1 - below) < disagreement / 2) return { ...own, ids: [] }
  const weighed = { ...before, df: earlierWeight(own.df, before.df) }
  return { ...poolVariances([own, weighed]), ids: sessions.map(session => session.id) }
}

/** 95% interval of σ: df·s²/σ² is chi-square with df degrees of freedom. */
export function sigmaInterval(sigma: number, df: number): [number, number] {
  return [sigma * Math.sqrt(df / chiSquareQuantile(0.975, df)), sigma * Math.sqrt(df / chiSquareQuantile(0.025, df))]
}

/**
 * Interval of σ when all repeats of a coarse metric agree: from 0 to the σ at which they all share a step with
 * probability 1/40. The probability that n normal values share a step is (2π)^(−(n−1)/2) n^(−1/2) (step/σ)^(n−1), for σ
 * of about a step or more.
 */
function hiddenInterval(repeats: number[][], sigma: number, rounding: number): [number, number] {
  const step = Math.sqrt(12 * rounding)
  const df = repeats.reduce((sum, group) => sum + group.length - 1, 0)
  const product = repeats.reduce((p, group) => p / Math.sqrt(group.length), 1)
  return [0, Math.max(sigma, (step / Math.sqrt(2 * Math.PI)) * (product / 0.025) ** (1 / df))]
}

/** An estimate of σ, and its degrees of freedom; Infinity where it is exact. */
export interface KnownNoise {
  sigma: number
  df: number
}

/**
 * Whether σ is known well enough to give P(real) at all. The 95% interval of a σ from a single pair goes from 0.45 to 32
 * times its value, so that P(real) would say more of the prior than of the session; a pair that agrees to the last digit shows that there is no noise.
 */
export const isEnoughForPReal = (noise: KnownNoise | null): noise is KnownNoise =>
  noise !== null && (noise.df > 1 || noise.sigma === 0)

/**
 * Equally likely values of σ: df·s²/σ² is chi-square with df degrees of freedom. Six, or three where σ is known well enough
 * for its values to be close; P(real) is averaged over them.
 */
export function plausibleSigmas({ sigma, df }: KnownNoise): number[] {
  if (!Number.isFinite(df)) return [sigma]
  const length = df < 20 ? 6 : 3
  return Array.from({ length }, (_, i) => sigma * Math.sqrt(df / chiSquareQuantile((i + 0.5) / length, df)))
}
