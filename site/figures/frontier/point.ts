/** One experiment as a point of the figures. */
import { change } from '../../../scripts/lib/format.ts'
import type { Metric, Status } from '../../../scripts/record/schema.ts'

export interface Point {
  number: number
  /**
   * Position on the x axis: its number, or its index among the verdicts where several slots finished in another order.
   */
  place: number
  status: Status
  description: string
  /** null when nothing was measured. */
  value: number | null
  /**
   * Gain over the best it was made against, positive is better; null for the baseline and for unmeasured experiments.
   */
  gain: number | null
  /** The best so far after it, kept or the baseline; in a paired session the head. null until there is one. */
  best: number | null
  /** Whether the label of a kept change is likely or confirmed; null before the report, and of other experiments. */
  sure: boolean | null
}

/** A measured experiment. */
export type Valued = Point & { value: number }

/** What confirm found, in the units of the y axis. */
export interface ConfirmedMark {
  /** Mean of the final's runs; in a paired session the baseline's value with the confirmed change. */
  value: number
  /** Ends of the 95% interval of the change, laid at `value`. */
  interval: [number, number]
  /** The change with half its interval: "−0.0271 ± 0.0008". */
  change: string
  /** "confirmed", "inconclusive" or "worse". */
  word: string
  /** "on 3 new seeds", "in 3 re-runs with the same seed". */
  where: string
}

export interface FrontierData {
  metric: Metric
  /** null when unknown; 0 when seeds agree to the last digit. */
  sigma: number | null
  /** Whether candidate and head were run side by side: values of different times do not compare, and the line is the head. */
  paired: boolean
  /** null where confirm has not run. */
  confirmed: ConfirmedMark | null
  /** In the order of the verdicts. */
  points: Point[]
}

/** Whether the verdicts came in the order of the numbers, as with one slot. */
export const inNumbers = (list: { number: number }[]): boolean =>
  list.every(({ number }, i) => number > (list[i - 1]?.number ?? -1))

/** Points with a tooltip: all; or, of thousands, which overlap, the keeps and an even sample. */
export function withTips(points: Point[]): Point[] {
  if (points.length <= MAX_TIPS) return points
  const every = Math.ceil(points.length / MAX_TIPS)
  return points.filter((p, i) => p.status === 'keep' || i % every === 0)
}

const MAX_TIPS = 1500

/** Kept changes and the baseline, with a value. */
export const keptPoints = (points: Point[]): (Point & { value: number })[] =>
  points.filter((p): p is Point & { value: number } => p.value !== null && (p.status === 'keep' || p.number === 0))

/**
 * The points of the line: the baseline and the kept changes that are no worse than all before them, so that the line is the
 * best so far. In a paired session all kept changes: the line is the head.
 */
export function onFrontier({ points, metric, paired }: Pick<FrontierData, 'points' | 'metric' | 'paired'>): Valued[] {
  const kept = keptPoints(points)
  if (paired) return kept
  let best: number | null = null
  return kept.filter(({ value }) => {
    if (best !== null && change(value - best, metric.goal) < 0) return false
    best = value
    return true
  })
}

/** Measured experiments of which it is not known whether they were kept. */
export const isUnknown = ({ status, number, value }: Point): boolean =>
  status === 'unknown' && number > 0 && value !== null
