/** How a session's time was spent, in seconds. */

import { isSearch } from '../record/purposes.ts'
import type { Experiment, Run, Session } from '../record/schema.ts'
import type { Digest } from './schema.ts'

/** Seconds of a session, or of several, from which experiments an hour are given: a rate of less time says little. */
export const MIN_RATE_SECONDS = 3600

/**
 * `total` is from start to end, or to the last event of a running session, plus confirm runs and ablations after the end; runs of an original baseline count as confirm's.
 * Parts overlap where several slots run; `idle` is the remainder, at least 0.
 */
export function times(session: Session, experiments: Experiment[]): Digest['time'] {
  const runs = experiments.flatMap(e => e.runs)
  const loopRuns = runs.filter(isSearch)
  const confirm = runs.filter(run => !isSearch(run))
  const end = session.endedAt === null ? lastMoment(session, experiments) : Date.parse(session.endedAt)
  const afterwards = confirm.filter(run => session.endedAt !== null && Date.parse(run.startedAt) >= end)

  const began = session.startedAt === null ? end : Date.parse(session.startedAt)
  const total = Math.max(0, (end - began) / 1000) + wall(afterwards)
  const training = loopRuns.reduce((sum, run) => sum + trainingSeconds(run, session.budget), 0)
  const overhead = wall(loopRuns) - training
  const confirming = wall(confirm)
  const thinking = experiments.reduce((sum, e) => sum + (e.agent.seconds ?? 0), 0)
  const searching = total - confirming
  return {
    total,
    training,
    overhead,
    confirming,
    thinking,
    // Of a collected session only start and end are known.
    idle: runs.length === 0 ? 0 : Math.max(0, total - training - overhead - confirming - thinking),
    experimentsPerHour: searching > 0 ? (experiments.filter(e => e.number > 0).length / searching) * 3600 : 0,
  }
}

const wall = (runs: Run[]): number => runs.reduce((sum, run) => sum + run.seconds, 0)

/** As the run printed it, at most its wall time. A run that failed before printing counts as training. */
const trainingSeconds = ({ summary, seconds }: Run, budget: number | null): number =>
  Math.min(seconds, Math.max(0, summary.training_seconds ?? budget ?? seconds))

function lastMoment({ startedAt }: Session, experiments: Experiment[]): number {
  const moments = experiments.flatMap(e => [
    ...(e.endedAt === null ? [] : [Date.parse(e.endedAt)]),
    ...e.runs.map(run => Date.parse(run.startedAt) + run.seconds * 1000),
  ])
  return moments.reduce((a, b) => Math.max(a, b), startedAt === null ? 0 : Date.parse(startedAt))
}
