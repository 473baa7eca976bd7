/** A straight line through values that were measured over time, in groups of one unknown level each. */
import { mean } from 'simple-statistics'
import { studentCdf, studentQuantile } from './distributions.ts'

export interface Point {
  time: number
  value: number
}

export interface Trend {
  /** Change of the value per unit of time, the same in all groups, and its standard error. */
  slope: number
  error: number
  /** Degrees of freedom of the error. */
  df: number
}

/**
 * Fits one slope to all groups, each with its own level (analysis of covariance). The noise is that of the residuals, so a
 * trend does not count as noise. Groups of one point say nothing and are ignored. null if fewer than one degree of freedom
 * is left for the noise, or no group has two times.
 *
 * @param leastVariance the noise of one value is at least this, e.g. for rounding
 */
export function trendOf(groups: Point[][], leastVariance = 0): Trend | null {
  const used = groups.filter(group => group.length > 1)
  const points = used.flatMap(centred)
  const df = points.length - used.length - 1
  const squares = points.reduce((sum, { time }) => sum + time ** 2, 0)
  if (df < 1 || squares === 0) return null
  const slope = points.reduce((sum, { time, value }) => sum + time * value, 0) / squares
  const rest = points.reduce((sum, { time, value }) => sum + (value - slope * time) ** 2, 0)
  return { slope, error: Math.sqrt(Math.max(rest / df, leastVariance) / squares), df }
}

function centred(group: Point[]): Point[] {
  const [time, value] = [mean(group.map(p => p.time)), mean(group.map(p => p.value))]
  return group.map(p => ({ time: p.time - time, value: p.value - value }))
}

/** Two-sided p-value of a slope that is this much nearer to zero, by Student's t. */
export function trendProbability({ slope, error, df }: Trend, allowance = 0): number {
  const size = Math.max(0, Math.abs(slope) - allowance)
  if (size === 0) return 1
  return error === 0 ? 0 : 2 * (1 - studentCdf(size / error, df))
}

/** Half the 95% interval of the slope. */
export const trendHalf = ({ error, df }: Trend): number => error * studentQuantile(0.975, df)
