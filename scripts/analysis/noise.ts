/** A session's σ: without its confirm runs, for confirm itself, and with them, for everything else. Pure. */
import type { Experiment, Noise, Session } from '../record/schema.ts'
import { sessionMetrics } from '../record/state.ts'
import { estimateNoise, withMoreRuns } from '../stats/noise.ts'

/**
 * σ from the runs of the loop; where none was recorded, the estimate from its repeats. confirm compares its own runs by
 * it, so that each run counts once.
 */
export const noiseOf = (session: Pick<Session, 'noise'>, experiments: Experiment[]): Noise | null =>
  session.noise ?? estimateNoise(experiments.map(sessionMetrics))

/** σ from all runs of the session, those of confirm included: what a report shows and labels rest on. */
export function noiseWithConfirm(session: Pick<Session, 'noise'>, experiments: Experiment[]): Noise | null {
  // By commit: the confirm runs of a pruned head are among those of its head's experiment.
  const groups = experiments.flatMap(e => {
    const runs = e.runs.filter(run => run.purpose === 'confirm' && run.metric !== null)
    return [...Map.groupBy(runs, run => run.commit).values()].map(same => same.flatMap(run => run.metric ?? []))
  })
  return withMoreRuns(noiseOf(session, experiments), groups)
}
