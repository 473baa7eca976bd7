/**
 * How long a run may take on the clock of the harness: the budget, the overhead that the baseline has (start-up, compilation,
 * evaluation), and a tolerance. Pure.
 */
import { mean, median } from 'simple-statistics'

/** Tolerance, at least: share of the budget. */
const BUDGET_SHARE = 0.05
/** Tolerance, at least, seconds: a busy machine delays the start of a process by as much. */
const LEAST_SECONDS = 0.5
/** Tolerance, at least: standard deviations of the overhead. */
const DEVIATIONS = 3
/**
 * What is known of the standard deviation before a run is repeated: a tenth of the overhead (in real sessions it was 3% to
 * 12%), and not so small that the least tolerance is wide beside it.
 */
const PRIOR_SHARE = 0.1
/** Weight of that, in degrees of freedom. */
const PRIOR_DF = 3

export interface Allowed {
  /** Seconds that a run may take. */
  seconds: number
  /** Median overhead, and how much longer a run may take. */
  overhead: number
  tolerance: number
}

/**
 * @param budget seconds of training
 * @param alike overheads of the baseline's runs that evaluated what this run evaluates, seconds; at least one
 * @param others overheads of its other runs, by what they evaluated: they too show how much an overhead varies
 */
export function allowedTime(budget: number, alike: number[], others: number[][] = []): Allowed {
  const overhead = Math.max(0, median(alike))
  const tolerance = Math.max(
    BUDGET_SHARE * budget,
    LEAST_SECONDS,
    DEVIATIONS * deviation(budget, overhead, [alike, ...others]) * Math.sqrt(1 + 1 / alike.length),
  )
  return { seconds: budget + overhead + tolerance, overhead, tolerance }
}

/** The standard deviation within the groups, shrunk towards the prior while there are few runs. */
function deviation(budget: number, overhead: number, groups: number[][]): number {
  const prior = Math.max(PRIOR_SHARE * overhead, (BUDGET_SHARE / DEVIATIONS) * budget)
  const squares = groups.flatMap(group => group.map(value => (value - mean(group)) ** 2))
  const df = squares.length - groups.filter(group => group.length > 0).length
  const sum = squares.reduce((total, square) => total + square, 0)
  return Math.sqrt((PRIOR_DF * prior ** 2 + sum) / (PRIOR_DF + df))
}
