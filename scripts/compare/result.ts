/** A session's result in words, for terminal and pages. Pure. */
import { relativePlusMinus, relativeSigned, relativeSignedPlusMinus, relativeText } from '../analysis/relative.ts'
import { replicationWords, verdictWords } from '../analysis/statusWords.ts'
import { basisOf } from './rates.ts'
import type { Rate, Side } from './schema.ts'

type Result = Pick<Side, 'metric' | 'baseline' | 'kept' | 'bestSingleRun' | 'confirmed' | 'replication'>

/** "12.60 ± 0.14% lower": in the runs of confirm, or before confirm of the best single run. */
export function resultText(side: Result): string {
  const { confirmed, metric } = side
  return confirmed ? relativePlusMinus(confirmed.gain, halfOf(confirmed.interval), metric.goal) : singleRunText(side)
}

/** "12.6% lower" of the best single run, or why there is none. */
export function singleRunText(side: Result): string {
  const { bestSingleRun } = side
  return bestSingleRun === null || side.kept === 0 ? missingText(side) : relativeText(bestSingleRun, side.metric.goal)
}

/** The same beside an axis: "−12.60 ± 0.14%". `brief` leaves out the interval. */
export function resultSigned(side: Result, brief = false): string {
  const { confirmed, bestSingleRun, metric } = side
  if (confirmed) {
    return relativeSignedPlusMinus(confirmed.gain, brief ? null : halfOf(confirmed.interval), metric.goal)
  }
  return bestSingleRun === null || side.kept === 0 ? missingText(side) : relativeSigned(bestSingleRun, metric.goal)
}

/** "12.60 ± 0.14% lower, confirmed", "12.6% lower, best single run", "nothing kept". */
export const resultWithBasis = (side: Result): string =>
  side.confirmed || (side.bestSingleRun !== null && side.kept !== 0)
    ? `${resultText(side)}, ${side.replication === null ? basisTexts[basisOf(side)] : `replication, ${verdictText({ ...side, running: false })}`}`
    : missingText(side)

/** "confirmed", "inconclusive", "not confirmed". */
export function verdictText({
  confirmed,
  running,
  kept,
  replication,
}: Pick<Side, 'confirmed' | 'running' | 'kept' | 'replication'>): string {
  if (replication !== null) return confirmed === null ? 'not measured' : replicationWords[confirmed.verdict]
  if (confirmed === null) return running ? 'running' : kept === 0 ? 'nothing kept' : 'not confirmed'
  return verdictWords[confirmed.verdict]
}

/** The same with the runs: "inconclusive (1 seed)". */
export const confirmText = (side: Pick<Side, 'confirmed' | 'running' | 'kept' | 'replication'>): string =>
  `${verdictText(side)}${side.confirmed ? ` (${side.confirmed.runs})` : ''}`

export const basisTexts: Record<Rate['by'], string> = {
  confirmed: 'confirmed',
  inconclusive: 'inconclusive',
  worse: 'worse in confirm',
  'best single run': 'best single run',
}

/** Half the width of an interval. */
export const halfOf = ([low, high]: [number, number]): number => (high - low) / 2

const missingText = ({ baseline, kept, replication }: Result): string =>
  baseline === null || replication !== null
    ? 'not measured'
    : kept === null
      ? 'not known'
      : kept === 0
        ? 'nothing kept'
        : 'baseline near 0'
