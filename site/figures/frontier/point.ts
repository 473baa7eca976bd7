/** One experiment as a point of the figures. */
import type { Experiment, Metric, Session, Status } from '../../../scripts/record/schema.ts'

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
  /** Value of the head after it, nearly always the best so far; null until there is one. */
  best: number | null
}

/** A measured experiment. */
export type Valued = Point & { value: number }

export interface FrontierData {
  metric: Metric
  /** null when unknown; 0 when seeds agree to the last digit. */
  sigma: number | null
  /** In the order of the verdicts. */
  points: Point[]
}

/**
 * The session's experiments with the best so far after each.
 * @param experiments in the order of their verdicts, as in the records
 */
export function frontierData(session: Session, experiments: Experiment[]): FrontierData {
  let best: number | null = null
  const numbered = inNumbers(experiments)
  const points = experiments.map((e, i) => {
    const before = best
    if (isKept(e) && e.metric !== null) best = e.metric
    const gain = e.decision?.gain ?? difference(session.metric, e, before)
    const { number, status, description, metric: value } = e
    return { number, place: numbered ? number : i, status, description, value, gain, best }
  })
  return { metric: session.metric, sigma: session.noise?.sigma ?? null, points }
}

/** Whether the verdicts came in the order of the numbers, as with one slot. */
export const inNumbers = (list: { number: number }[]): boolean =>
  list.every(({ number }, i) => number > (list[i - 1]?.number ?? -1))

/** The baseline counts as a keep, whatever its status. */
const isKept = (e: Experiment): boolean => e.status === 'keep' || e.number === 0

function difference({ goal }: Metric, e: Experiment, before: number | null): number | null {
  if (e.metric === null || before === null) return null
  return goal === 'minimize' ? before - e.metric : e.metric - before
}

/** Points with a tooltip: all; or, of thousands, which overlap, the keeps and an even sample. */
export function withTips(points: Point[]): Point[] {
  if (points.length <= MAX_TIPS) return points
  const every = Math.ceil(points.length / MAX_TIPS)
  return points.filter((p, i) => p.status === 'keep' || i % every === 0)
}

const MAX_TIPS = 1500

/** Kept changes and the baseline: the points on the line. */
export const onFrontier = (points: Point[]): (Point & { value: number })[] =>
  points.filter((p): p is Point & { value: number } => p.value !== null && (p.status === 'keep' || p.number === 0))
