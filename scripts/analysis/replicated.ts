/** What a replication found of each change that it ran. The one place that says so: terminal, report, pages and comparison. */
import type { Experiment, Metric, Noise, Session } from '../record/schema.ts'
import type { Confirmed } from '../stats/confirm.ts'
import { confirmedBetween } from './confirm/confirmed.ts'
import { pairsOfSession } from './noise/noise.ts'

/** `failed`: its runs gave no value. */
export type ReplicationOutcome = 'confirmed' | 'not confirmed' | 'opposite' | 'did not apply' | 'failed'

export interface Replicated {
  experiment: Experiment
  /** Whether it is all changes together. */
  isStack: boolean
  outcome: ReplicationOutcome
  /** The gain in its runs beside the baseline's; null where it was not run, or nothing bounds the noise. */
  found: Confirmed | null
}

/** In order; empty where the session is no replication. */
export function replicated(
  session: Pick<Session, 'replication' | 'metric' | 'noise'> & Parameters<typeof pairsOfSession>[0],
  experiments: Experiment[],
): Replicated[] {
  const { replication, metric, noise } = session
  if (replication === undefined) return []
  const sideBySide = pairsOfSession(session, experiments)
  return experiments.flatMap(experiment => {
    if (experiment.replicates === undefined) return []
    const found = foundOf(experiments[0], experiment, metric.goal, noise, sideBySide)
    const isStack =
      experiment.replicates.experiments.length === replication.experiments.length && experiment.number === 1
    return [{ experiment, isStack, outcome: outcomeOf(experiment, found), found }]
  })
}

function foundOf(
  baseline: Experiment | undefined,
  experiment: Experiment,
  goal: Metric['goal'],
  noise: Noise | null,
  sideBySide: number[][] | null,
): Confirmed | null {
  if (experiment.status === 'conflict') return null
  return confirmedBetween(baseline, experiment, goal, noise, sideBySide)
}

function outcomeOf({ status, runs }: Experiment, found: Confirmed | null): ReplicationOutcome {
  if (status === 'conflict') return 'did not apply'
  if (runs.every(run => run.metric === null)) return 'failed'
  if (found === null || found.verdict === 'inconclusive') return 'not confirmed'
  return found.verdict === 'better' ? 'confirmed' : 'opposite'
}
