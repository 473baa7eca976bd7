/** What a session came to, decided once; the headline, the report, the terminal and the pages put it into words. Pure. */
import { change } from '../lib/format.ts'
import { plural } from '../lib/text.ts'
import type { Experiment, Metric, Status } from '../record/schema.ts'
import type { Confirmed } from '../stats/confirm.ts'
import type { Digest } from './schema.ts'

export type BestSingleRun = NonNullable<Digest['bestSingleRun']>

export type Result =
  /** No experiment is recorded. */
  | { kind: 'empty' }
  /** Experiments were made, but the baseline has no value to compare with. */
  | { kind: 'no-baseline' }
  /** The baseline stands. `measured`: whether any other experiment gave a value. */
  | { kind: 'nothing-kept'; baseline: number; tried: number; measured: boolean }
  /** A gain by the ledger alone: confirm has not run, or too few of its runs gave a value. */
  | { kind: 'unconfirmed'; bestSingleRun: BestSingleRun }
  /** Better, within the interval, or worse on unused seeds. */
  | { kind: 'confirmed' | 'inconclusive' | 'worse'; bestSingleRun: BestSingleRun; confirmed: Confirmed }

export type Outcome = Result & {
  /** "collected" where a session that is over was made elsewhere: nothing of it can be run here. */
  state: 'running' | 'ended' | 'collected'
}

/** A digest, or the same of a session that has none yet. */
export interface OutcomeInput {
  bestSingleRun: BestSingleRun | null
  confirmed: Confirmed | null
  experiments: number
  counts: Partial<Record<Status, number>>
  collected: boolean
  stop: object | null
}

export function outcomeOf(digest: OutcomeInput): Outcome {
  return { ...resultOf(digest), state: stateOf(digest) }
}

function resultOf({ bestSingleRun, confirmed, experiments, counts }: OutcomeInput): Result {
  if (experiments === 0) return { kind: 'empty' }
  if (bestSingleRun === null) return { kind: 'no-baseline' }
  if (bestSingleRun.experiment === 0) {
    const measured = (counts.discard ?? 0) > 0
    return { kind: 'nothing-kept', baseline: bestSingleRun.baseline, tried: experiments - 1, measured }
  }
  if (confirmed === null) return { kind: 'unconfirmed', bestSingleRun }
  const kinds = { better: 'confirmed', inconclusive: 'inconclusive', worse: 'worse' } as const
  return { kind: kinds[confirmed.verdict], bestSingleRun, confirmed }
}

function stateOf({ stop, collected }: OutcomeInput): Outcome['state'] {
  if (stop === null) return 'running'
  return collected ? 'collected' : 'ended'
}

/** The ledger's own word: the row of the last kept change against the baseline's; null without a baseline. */
export function bestSingleRunOf(experiments: Experiment[], goal: Metric['goal']): BestSingleRun | null {
  const baseline = experiments.find(e => e.number === 0)?.metric ?? null
  if (baseline === null) return null
  const head = experiments.findLast(e => e.number > 0 && e.status === 'keep')
  const best = head?.metric ?? baseline
  // + 0 makes −0 plain.
  return { baseline, best, gain: change(best - baseline, goal) + 0, experiment: head?.number ?? 0 }
}

/** Runs of confirm, and how many of them gave no value. */
export function confirmRuns(experiments: Experiment[]): { runs: number; failed: number } {
  const runs = experiments.flatMap(e => e.runs.filter(run => run.purpose === 'confirm'))
  return { runs: runs.length, failed: runs.filter(run => run.metric === null).length }
}

/** Of a confirmed gain, what the holdout lacks beyond both intervals; null where it lacks nothing that shows. */
export function holdoutShortfall({
  gap,
  confirmed,
  holdout,
}: Pick<Digest, 'gap' | 'confirmed' | 'holdout'>): number | null {
  // Only where a gain on val was found can one fail to carry over.
  if (gap === null || confirmed?.verdict !== 'better' || holdout === null) return null
  return gap > Math.hypot(halfOf(confirmed), halfOf(holdout)) ? gap : null
}

const halfOf = ({ interval: [low, high] }: Confirmed): number => (high - low) / 2

/** How a sentence about a result on unused seeds begins. */
export const leadPhrases = {
  confirmed: 'Confirmed',
  inconclusive: 'No gain could be confirmed',
  worse: 'Worse, not better',
} as const

/** Where nothing is recorded. */
export const nothingMeasured = 'Nothing has been measured yet.'

/** Where experiments were made and the baseline gave no value. */
export const notComparable = 'The baseline was not measured, so there is nothing to compare with.'

/**
 * Why a claim is not confirmed.
 *
 * @param best what the reader knows the last kept change as
 */
export function whyUnconfirmed(experiments: Experiment[], best: 'head' | 'best'): string {
  const { runs, failed } = confirmRuns(experiments)
  if (runs === 0) return `baseline and ${best} have not been run again on unused seeds`
  return `confirm made ${plural(runs, 'run')}, ${failed > 0 ? `of which ${failed} failed` : 'too few for an interval'}`
}
