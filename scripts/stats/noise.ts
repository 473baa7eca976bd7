/** σ: the standard deviation of the metric between seeds of the same tree, with its interval. */
import { mean } from 'simple-statistics'
import type { Noise } from '../record/schema.ts'
import { chiSquareQuantile, varianceRatioCdf } from './distributions.ts'

/** The unshrunk estimate of an earlier session with the same machine and contract. */
export interface EarlierNoise {
  id: string
  sigma: number
  df: number
}

/** Maximum weight of all earlier sessions together, in degrees of freedom. */
const earlierWeight = 12
/** Earlier sessions are left out if a variance test against this session has a p-value below this. */
const disagreement = 0.01

/**
 * Pooled standard deviation between runs of the same tree, shrunk towards earlier sessions by degrees of freedom.
 *
 * @param groups Metrics by tree, including trees with one run, which show how coarse the metric is.
 * @returns σ in units of the metric, with its 95% interval by chi-square; null when no tree was run twice. σ is 0 only
 * when all repeats of a fine metric agree to the last digit. A coarse metric hides noise below its step, so its σ is at
 * least the rounding noise, step/√12.
 */
export function estimateNoise(groups: number[][], earlier: EarlierNoise[] = []): Noise | null {
  const repeats = groups.filter(group => group.length > 1)
  if (repeats.length === 0) return null
  const own = pooledVariance(repeats)
  const rounding = roundingVariance(groups)
  const variance = Math.max(own.variance, rounding)
  const kept = agreeing(variance, own.df, earlier)

  const df = own.df + kept.df
  const sigma = Math.sqrt((own.df * variance + kept.df * kept.variance) / df)
  const hidden = own.variance === 0 && kept.df === 0
  return {
    sigma,
    interval: sigma === 0 ? null : hidden ? hiddenInterval(repeats, sigma, rounding) : sigmaInterval(sigma, df),
    df,
    runs: repeats.reduce((sum, group) => sum + group.length, 0),
    earlier: kept.ids,
  }
}

/** The estimate with the runs of further trees; null without any repeat. @param groups metrics by tree */
export function withMoreRuns(noise: Noise | null, groups: number[][]): Noise | null {
  const repeats = groups.filter(group => group.length > 1)
  if (repeats.length === 0) return noise
  if (noise === null) return estimateNoise(groups)
  const more = pooledVariance(repeats)
  const df = noise.df + more.df
  const sigma = Math.sqrt((noise.df * noise.sigma ** 2 + more.df * more.variance) / df)
  const runs = noise.runs + repeats.reduce((sum, group) => sum + group.length, 0)
  return { ...noise, sigma, interval: sigma === 0 ? null : sigmaInterval(sigma, df), df, runs }
}

/** Variance within groups and its degrees of freedom; 0 and 0 when no group has two values. */
export function pooledVariance(groups: number[][]): { variance: number; df: number } {
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
 */
export function roundingVariance(groups: number[][]): number {
  const values = groups.flat()
  const step = 10 ** -Math.max(...values.map(decimalsOf))
  if (step > 1e-5 * Math.max(...values.map(Math.abs))) return step ** 2 / 12
  const trees = groups.flatMap(group => group.slice(0, 1)).sort((a, b) => a - b)
  const gaps = trees.slice(1).map((value, i) => value - (trees[i] ?? value))
  const distinct = gaps.filter(gap => gap > step / 2)
  if (trees.length < 8 || distinct.length + 1 > trees.length / 2 || distinct.length === 0) return 0
  return Math.min(...distinct) ** 2 / 12
}

/** Decimals of the shortest text that reads back as the value: 0.9979 → 4, 1e-7 → 7, 94 → 0, 1200 → −2. */
function decimalsOf(value: number): number {
  const [digits = '', exponent = '0'] = value.toExponential().split('e')
  return (digits.split('.')[1]?.length ?? 0) - Number(exponent)
}

/** Pools the earlier sessions into one estimate with capped weight; weight 0 where this session contradicts it. */
function agreeing(variance: number, df: number, earlier: EarlierNoise[]) {
  const sessions = earlier.filter(session => session.df > 0 && Number.isFinite(session.sigma))
  const total = sessions.reduce((sum, session) => sum + session.df, 0)
  const pooled = sessions.reduce((sum, session) => sum + session.df * session.sigma ** 2, 0) / total
  const ratio = variance === pooled ? 1 : variance / pooled
  const below = total === 0 ? 0 : varianceRatioCdf(ratio, df, total)
  if (total === 0 || Math.min(below, 1 - below) < disagreement / 2) return { ids: [], df: 0, variance: 0 }
  return { ids: sessions.map(session => session.id), df: Math.min(total, earlierWeight), variance: pooled }
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
