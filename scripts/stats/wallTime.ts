/**
 * How long a run may take on the runner's clock: the budget, the overhead that the baseline has (start-up, compilation,
 * evaluation), and what chance explains. Seconds. Pure.
 */
import { mean, median } from 'simple-statistics'

/** What chance explains at least: a share of the budget, and the delay that a busy machine gives the start of a process. */
const [LEAST_SHARE, LEAST_SECONDS] = [0.05, 0.5]
/** And at least so many standard deviations of the overhead. */
const DEVIATIONS = 3
/**
 * The standard deviation that is assumed before the baseline was run again: a fifth of the overhead. In real sessions it was 9% to
 * 17%, and far more where other programs used the machine.
 */
const PRIOR_SHARE = 0.2
/** The weight of that assumption, in degrees of freedom. */
const PRIOR_DF = 3

/**
 * What one run may take.
 * @param overheads of the baseline's runs, at least one
 */
export function allowedTime(budget: number, overheads: number[]): number {
  return budget + median(overheads) + tolerance(budget, [overheads], 1 + 1 / overheads.length)
}

/**
 * How much longer the runs of one tree may take on average than the baseline's beside them.
 * @param overheads of the baseline's runs by what they evaluate; those beside the other tree's runs come first
 * @param runs number of the other tree's runs
 */
export function allowedExcess(budget: number, overheads: number[][], runs: number): number {
  return tolerance(budget, overheads, 1 / runs + 1 / (overheads[0]?.length ?? 1))
}

/** @param share variance of the difference, relative to that of one run */
function tolerance(budget: number, overheads: number[][], share: number): number {
  return Math.max(LEAST_SHARE * budget, LEAST_SECONDS, DEVIATIONS * deviation(overheads) * Math.sqrt(share))
}

/** Standard deviation within the groups, shrunk towards the assumed one while there are few runs. */
function deviation(groups: number[][]): number {
  const assumed = PRIOR_SHARE * median(groups.find(group => group.length > 0) ?? [0])
  const squares = groups.flatMap(group => group.map(value => (value - mean(group)) ** 2))
  const df = squares.length - groups.filter(group => group.length > 0).length
  const sum = squares.reduce((total, square) => total + square, 0)
  return Math.sqrt((PRIOR_DF * assumed ** 2 + sum) / (PRIOR_DF + df))
}
