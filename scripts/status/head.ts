/** The head of a session in its status. */
import { pRealOf } from '../analysis/kept.ts'
import { bestSingleRunOf } from '../analysis/result/outcome.ts'
import { isPaired } from '../record/pairs.ts'
import type { Experiment, Noise } from '../record/schema.ts'
import { meanMetric, type State, sessionMetrics } from '../record/state.ts'

/** Of a replicated change by the verdict: all its runs are of confirm. */
export const valueIn = (experiment: Experiment): number | null =>
  sessionMetrics(experiment).length > 0 ? meanMetric(experiment) : experiment.replicates ? experiment.metric : null

export const describe = (
  { number, description }: Experiment,
  value: number,
  { session, experiments }: Pick<State, 'session' | 'experiments'>,
  noise: Noise | null,
) => ({
  experiment: number,
  value,
  description,
  pReal: pRealOfHead(number, { session, experiments }, noise),
})

/** The last P(real), with the runs that it rests on. */
let known: { key: string; pReal: number | null } | null = null

/** Kept until another run has finished: in a long session it takes a second, and `--watch` asks every two. */
function pRealOfHead(
  number: number,
  { session, experiments }: Pick<State, 'session' | 'experiments'>,
  noise: Noise | null,
): number | null {
  // Nothing was selected in a replication.
  if (session.replication !== undefined) return null
  const runs = experiments.reduce((sum, e) => sum + e.runs.length, 0)
  const key = [session.id, number, experiments.length, runs].join(' ')
  if (known?.key !== key) {
    const judging = { goal: session.metric.goal, paired: isPaired(session) }
    known = { key, pReal: pRealOf(experiments, judging, noise, number) }
  }
  return known.pReal
}

/** Of a paired session the sum of the kept gains, for its values are of different times. */
export function gainSoFar(
  { session, experiments }: State,
  baseline: number | null,
  value: number | null,
): number | null {
  if (baseline === null || value === null) return null
  const { goal } = session.metric
  if (isPaired(session)) return bestSingleRunOf(experiments, goal, true)?.gain ?? null
  return (goal === 'minimize' ? 1 : -1) * (baseline - value)
}
