/** The data of the frontier, from a session's records and its digest. */
import { isUneven } from '../../../scripts/analysis/confirm/runs.ts'
import { rerunsText } from '../../../scripts/analysis/confirm/seeds.ts'
import { gainsOf } from '../../../scripts/analysis/gains.ts'
import { isOpen } from '../../../scripts/analysis/labels.ts'
import { plusMinus } from '../../../scripts/analysis/numbers.ts'
import type { Digest } from '../../../scripts/analysis/schema.ts'
import { verdictWords } from '../../../scripts/analysis/statusWords.ts'
import { change } from '../../../scripts/lib/format.ts'
import { isPaired } from '../../../scripts/record/pairs.ts'
import type { Experiment, Noise, Session } from '../../../scripts/record/schema.ts'
import { bestSoFar } from '../../../scripts/record/state.ts'
import { type ConfirmedMark, type FrontierData, inNumbers, type Point } from './point.ts'

/**
 * The session's experiments with the best so far after each.
 * @param experiments in the order of their verdicts, as in the records
 * @param digest null before the report: then no keep has a label, and nothing is confirmed
 */
export function frontierData(session: Session, experiments: Experiment[], digest: Digest | null = null): FrontierData {
  const { metric } = session
  const paired = isPaired(session)
  const numbered = inNumbers(experiments)
  const gains = gainsOf(experiments, metric.goal)
  const bests = bestSoFar(experiments, metric.goal)
  const labels = new Map(digest?.kept.map(k => [k.experiment, k.label]))
  let head: number | null = null
  const points = experiments.map((e, i): Point => {
    if (isKept(e) && e.metric !== null) head = e.metric
    const { number, status, description, metric: value } = e
    const best = paired ? head : (bests[i] ?? null)
    const label = labels.get(number)
    const sure = label === undefined ? null : !isOpen(label)
    const place = numbered ? number : i
    return { number, place, status, description, value, gain: gains.get(number) ?? null, best, sure }
  })
  const sigma = runNoise(session, digest)?.sigma ?? null
  return { metric, sigma, paired, confirmed: confirmedMark(digest, points, paired), points }
}

/**
 * The noise of one run, the digest's or else the session's so far. null where it is unknown, and in a paired session: the
 * σ of pairs says nothing of values that were measured at different times.
 */
export const runNoise = (session: Session, digest: Digest | null): Noise | null =>
  isPaired(session) ? null : (digest?.noise ?? session.noise ?? null)

/** The baseline counts as a keep, whatever its status. */
const isKept = (e: Experiment): boolean => e.status === 'keep' || e.number === 0

/** In a paired session only the change compares with the figure's values. */
function confirmedMark(digest: Digest | null, points: Point[], paired: boolean): ConfirmedMark | null {
  const confirmed = digest?.confirmed
  const baseline = paired ? (points.find(p => p.number === 0)?.value ?? null) : (confirmed?.baseline ?? null)
  if (!digest || !confirmed || baseline === null) return null
  const { metric, seeds } = digest
  const at = (gain: number) => baseline + change(gain, metric.goal)
  const [a, b] = confirmed.interval.map(at) as [number, number]
  return {
    value: at(confirmed.gain),
    interval: [Math.min(a, b), Math.max(a, b)],
    change: plusMinus(confirmed, metric),
    word: verdictWords[confirmed.verdict],
    where: rerunsText(seeds, confirmed.seeds, isUneven(digest.confirmRuns, confirmed.seeds)),
  }
}
