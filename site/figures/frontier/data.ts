/** The data of the frontier, from a session's records. */
import { gainsOf } from '../../../scripts/analysis/gains.ts'
import { isPaired } from '../../../scripts/record/pairs.ts'
import type { Experiment, Session } from '../../../scripts/record/schema.ts'
import { bestSoFar } from '../../../scripts/record/state.ts'
import { type FrontierData, inNumbers } from './point.ts'

/**
 * The session's experiments with the best so far after each.
 * @param experiments in the order of their verdicts, as in the records
 */
export function frontierData(session: Session, experiments: Experiment[]): FrontierData {
  const { metric } = session
  const paired = isPaired(session)
  const numbered = inNumbers(experiments)
  const gains = gainsOf(experiments, metric.goal)
  const bests = bestSoFar(experiments, metric.goal)
  let head: number | null = null
  const points = experiments.map((e, i) => {
    if (isKept(e) && e.metric !== null) head = e.metric
    const { number, status, description, metric: value } = e
    const best = paired ? head : (bests[i] ?? null)
    return { number, place: numbered ? number : i, status, description, value, gain: gains.get(number) ?? null, best }
  })
  return { metric, sigma: session.noise?.sigma ?? null, paired, points }
}

/** The baseline counts as a keep, whatever its status. */
const isKept = (e: Experiment): boolean => e.status === 'keep' || e.number === 0
