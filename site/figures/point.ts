/** One experiment as a figure sees it. */
import type { Experiment, Metric, Session, Status } from '../../scripts/record/schema.ts'

export interface Point {
  number: number
  status: Status
  description: string
  /** null when nothing was measured. */
  value: number | null
  /** Over the best it was made against, positive is better; null for the baseline and what was not measured. */
  gain: number | null
  /** Value of the best after it; null until there is one. */
  best: number | null
}

export interface Trail {
  metric: Metric
  /** null when unknown, 0 when seeds agree to the last digit. */
  sigma: number | null
  points: Point[]
}

/** The night as a line of experiments, in their order, with the best so far after each. */
export function trail(session: Session, experiments: Experiment[]): Trail {
  let best: number | null = null
  const points = [...experiments]
    .sort((a, b) => a.number - b.number)
    .map(e => {
      const before = best
      if (isKept(e) && e.metric !== null) best = e.metric
      const gain = e.decision?.gain ?? difference(session.metric, e, before)
      return { number: e.number, status: e.status, description: e.description, value: e.metric, gain, best }
    })
  return { metric: session.metric, sigma: session.noise?.sigma ?? null, points }
}

/** The baseline stands for a keep, whatever its record says. */
const isKept = (e: Experiment): boolean => e.status === 'keep' || e.number === 0

function difference({ goal }: Metric, e: Experiment, before: number | null): number | null {
  if (e.metric === null || before === null) return null
  return goal === 'minimize' ? before - e.metric : e.metric - before
}

/** Kept changes and the baseline: the dots on the line. */
export const onFrontier = (points: Point[]): (Point & { value: number })[] =>
  points.filter((p): p is Point & { value: number } => p.value !== null && (p.status === 'keep' || p.number === 0))
