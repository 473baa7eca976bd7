/** A session's σ: without its confirm runs, for confirm itself, and with them, for everything else. Pure. */
import { isPaired, pairGroups } from '../record/pairs.ts'
import type { Experiment, Metric, Noise, Session } from '../record/schema.ts'
import { sessionMetrics } from '../record/state.ts'
import { estimateNoise, roundingVariance, withMoreRuns } from '../stats/noise.ts'
import { pairNoise } from '../stats/paired.ts'

type Judged = Pick<Session, 'noise' | 'contract' | 'metric'>

/**
 * σ from the runs of the loop; where none was recorded, the estimate from its repeats or pairs. confirm compares its own
 * runs by it, so that each run counts once.
 */
export const noiseOf = (session: Judged, experiments: Experiment[]): Noise | null =>
  session.noise ??
  (isPaired(session) ? noiseOfPairs(session.metric.goal, experiments) : estimateNoise(experiments.map(sessionMetrics)))

/** Gains of the loop's pairs by experiment, which bound the noise of a paired confirm; null for another session. */
export const pairsOfSession = (
  session: Pick<Session, 'contract' | 'metric'>,
  experiments: Experiment[],
): number[][] | null => (isPaired(session) ? pairGroups(experiments, session.metric.goal) : null)

/** σ of a paired session, from the differences of all its pairs. */
export const noiseOfPairs = (goal: Metric['goal'], experiments: Pick<Experiment, 'runs' | 'commit'>[]): Noise | null =>
  pairNoise(pairGroups(experiments, goal), roundingVariance(experiments.map(sessionMetrics)))

/** σ from all runs of the session, those of confirm included: what a report shows and labels rest on. */
export function noiseWithConfirm(session: Judged, experiments: Experiment[]): Noise | null {
  // Runs of confirm lie apart in time from those of the loop; only their pairs could be pooled.
  if (isPaired(session)) return noiseOf(session, experiments)
  const groups = experiments.map(e =>
    e.runs.flatMap(run => (run.purpose === 'confirm' && run.metric !== null ? [run.metric] : [])),
  )
  return withMoreRuns(noiseOf(session, experiments), groups)
}
