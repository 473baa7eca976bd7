/** The outcome of a session, computed once for headline, report, terminal and pages. Pure. */
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
  /** The gain of single runs only: confirm has not run, or too few of its runs gave a value. */
  | { kind: 'unconfirmed'; bestSingleRun: BestSingleRun }
  /** Better, within the interval, or worse on unused seeds. */
  | { kind: 'confirmed' | 'inconclusive' | 'worse'; bestSingleRun: BestSingleRun; confirmed: Confirmed }

export type Outcome = Result & {
  /** "collected": it ended, and was made elsewhere, so nothing of it can be run here. */
  state: 'running' | 'ended' | 'collected'
}

/** The fields of a digest that decide the outcome; a session without a digest has them too. */
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

/**
 * The value of the last kept change against the baseline's; null where the baseline has none.
 * @param paired values of different times are not comparable: the gains of the kept changes are added instead, and `best`
 * is the baseline's value with them
 */
export function bestSingleRunOf(experiments: Experiment[], goal: Metric['goal'], paired = false): BestSingleRun | null {
  const baseline = experiments.find(e => e.number === 0)?.metric ?? null
  if (baseline === null) return null
  const head = experiments.findLast(e => e.number > 0 && e.status === 'keep')
  const kept = experiments.filter(e => e.number > 0 && e.status === 'keep')
  const added = change(
    kept.reduce((sum, e) => sum + (e.decision?.gain ?? 0), 0),
    goal,
  )
  const best = paired ? baseline + added : (head?.metric ?? baseline)
  // + 0 makes −0 plain.
  return { baseline, best, gain: change(best - baseline, goal) + 0, experiment: head?.number ?? 0 }
}

/** Runs of confirm, and how many of them gave no value. */
export function confirmRuns(experiments: Experiment[]): { runs: number; failed: number } {
  const runs = experiments.flatMap(e => e.runs.filter(run => run.purpose === 'confirm'))
  return { runs: runs.length, failed: runs.filter(run => run.metric === null).length }
}

/** How much smaller the holdout's gain is than the confirmed one, where that exceeds both intervals; else null. */
export function holdoutShortfall({
  gap,
  confirmed,
  holdout,
}: Pick<Digest, 'gap' | 'confirmed' | 'holdout'>): number | null {
  // Without a gain on val there is none to carry over.
  if (gap === null || confirmed?.verdict !== 'better' || holdout === null) return null
  return gap > Math.hypot(halfOf(confirmed), halfOf(holdout)) ? gap : null
}

const halfOf = ({ interval: [low, high] }: Confirmed): number => (high - low) / 2

/** The beginning of a sentence about a result on unused seeds. */
export const leadPhrases = {
  confirmed: 'Confirmed',
  inconclusive: 'No gain could be confirmed',
  worse: 'Worse, not better',
} as const

/** For a session without experiments. */
export const nothingMeasured = 'Nothing has been measured yet.'

/** For a session whose baseline gave no value. */
export const notComparable = 'The baseline was not measured, so there is nothing to compare with.'

/**
 * Why a gain is not confirmed.
 *
 * @param best the reader's name for the last kept change
 */
export function whyUnconfirmed(experiments: Experiment[], best: 'head' | 'best'): string {
  const { runs, failed } = confirmRuns(experiments)
  if (runs === 0) return `baseline and ${best} have not been run again on unused seeds`
  return `confirm made ${plural(runs, 'run')}, ${failed > 0 ? `of which ${failed} failed` : 'too few for an interval'}`
}
