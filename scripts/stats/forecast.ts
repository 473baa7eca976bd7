/**
 * What a further session spends per experiment, by what earlier sessions and its own experiments so far spent. Pure.
 *
 * The logarithm of a session's mean is normal around that of all sessions (standard deviation τ between sessions); the
 * amounts of its experiments have the same coefficient of variation in each session. Neither is known: each draw takes both
 * from their distributions, so the ranges are as wide as few sessions and few experiments make them.
 */
import { quantileSorted } from 'simple-statistics'
import type { Random } from './random.ts'

/** Amounts of single experiments, at least 0, e.g. dollars or seconds. */
export interface Amounts {
  /** Of earlier sessions. */
  earlier: number[][]
  /** Of the session itself, so far. */
  own: number[]
}

/** The mean of a session's experiments, as it may be. */
export interface MeanDraw {
  /** In the long run. */
  mean: number
  /** Of this many further experiments. */
  of(count: number): number
  /** By how much a sum of single experiments exceeds a limit when it reaches it. Large ones reach it more often. */
  excess(): number
}

/**
 * Between sessions of the same kind, τ is taken to be about this, with the weight of this many sessions: means of two
 * sessions then mostly differ by less than a factor of 1.7.
 */
const PRIOR = { tau: 0.3, sessions: 3 }
/** Squared coefficient of variation of single experiments, and its weight in experiments. */
const PRIOR_SPREAD = { squared: 0.4, experiments: 4 }
/** A session's own experiments alone, without earlier sessions, say something from this many on. */
const MIN_OWN = 5

/** @returns null where too little is known */
export function meanDraws({ earlier, own }: Amounts, random: Random): (() => MeanDraw) | null {
  const groups = earlier.filter(values => sum(values) > 0)
  const hasOwn = sum(own) > 0
  if (groups.length === 0 && (!hasOwn || own.length < MIN_OWN)) return allFree(earlier, own)
  const spread = spreadOf(hasOwn ? [...groups, own] : groups)
  return () => {
    const squared = spread.sum / chiSquare(spread.df, random)
    const before = groups.length > 0 ? ofSessions(groups, squared, random) : null
    const measured = hasOwn ? logMean(own, squared) : null
    const { at, variance } = combine(before, measured)
    const log = at + Math.sqrt(variance) * random.normal()
    return {
      mean: Math.exp(log),
      of: count => {
        const within = Math.log1p(squared / Math.max(1, count))
        return Math.exp(log - within / 2 + Math.sqrt(within) * random.normal())
      },
      excess: () => {
        const within = Math.log1p(squared)
        return random.uniform() * Math.exp(log + within / 2 + Math.sqrt(within) * random.normal())
      },
    }
  }
}

/** Where every known amount is 0, so are the further ones. */
function allFree(earlier: number[][], own: number[]): (() => MeanDraw) | null {
  const known = earlier.some(values => values.length > 0) || own.length >= MIN_OWN
  return known ? () => ({ mean: 0, of: () => 0, excess: () => 0 }) : null
}

interface Normal {
  at: number
  variance: number
}

/** The logarithm of a session's true mean, by its experiments. */
function logMean(values: number[], squared: number): Normal {
  const variance = Math.log1p(squared / values.length)
  return { at: Math.log(sum(values) / values.length) + variance / 2, variance }
}

/** The logarithm of a further session's mean, by those of earlier ones and a τ drawn for them. */
function ofSessions(groups: number[][], squared: number, random: Random): Normal {
  const means = groups.map(values => logMean(values, squared))
  const centre = sum(means.map(({ at }) => at)) / means.length
  const apart = sum(means.map(({ at }) => (at - centre) ** 2))
  // Part of it is the chance of which experiments the sessions happened to make.
  const chance = sum(means.map(({ variance }) => variance)) * (1 - 1 / means.length)
  const df = PRIOR.sessions + means.length - 1
  const squaredTau = (PRIOR.sessions * PRIOR.tau ** 2 + Math.max(0, apart - chance)) / chiSquare(df, random)
  const weights = means.map(({ variance }) => 1 / (squaredTau + variance))
  const at = sum(means.map((mean, i) => mean.at * (weights[i] ?? 0))) / sum(weights)
  return { at, variance: squaredTau + 1 / sum(weights) }
}

/** Both together, each with the weight of its precision. */
function combine(a: Normal | null, b: Normal | null): Normal {
  if (a === null || b === null) return (a ?? b) as Normal
  const [p, q] = [1 / a.variance, 1 / b.variance]
  return { at: (a.at * p + b.at * q) / (p + q), variance: 1 / (p + q) }
}

/** Squared deviations of the experiments from their session's mean, relative to it, and their degrees of freedom. */
function spreadOf(groups: number[][]): { sum: number; df: number } {
  const squares = groups.map(values => {
    const mean = sum(values) / values.length
    return sum(values.map(value => (value / mean - 1) ** 2))
  })
  return {
    sum: sum(squares) + PRIOR_SPREAD.squared * PRIOR_SPREAD.experiments,
    df: sum(groups.map(values => values.length - 1)) + PRIOR_SPREAD.experiments,
  }
}

/** A value of chi-square; with many degrees of freedom by the approximation of Wilson and Hilferty (1931). */
function chiSquare(df: number, random: Random): number {
  if (df > 30) return df * Math.max(1e-3, 1 - 2 / (9 * df) + random.normal() * Math.sqrt(2 / (9 * df))) ** 3
  let total = 0
  for (let i = 0; i < df; i++) total += random.normal() ** 2
  return Math.max(total, 1e-9)
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0)

/** The share of sessions in which a range is meant to hold. */
export const COVERAGE = 0.8

export interface Range {
  low: number
  middle: number
  high: number
}

/** The range of the drawn values. */
export function rangeOf(values: number[]): Range {
  const sorted = [...values].sort((a, b) => a - b)
  const [low, middle, high] = [(1 - COVERAGE) / 2, 0.5, (1 + COVERAGE) / 2].map(p => quantileSorted(sorted, p))
  return { low, middle, high } as Range
}
