/** The outcome of a session, by kind; `sentences.ts` puts it into words. Pure. */
import { change } from '../../lib/format.ts'
import type { Experiment, Metric, Status } from '../../record/schema.ts'
import { bestOf } from '../../record/state.ts'
import type { Confirmed } from '../../stats/confirm.ts'
import type { Digest } from '../schema.ts'
import { verdictWords } from '../statusWords.ts'
import type { Unknown } from './unknown.ts'

export type BestSingleRun = NonNullable<Digest['bestSingleRun']>

export type Result =
  /** No experiment is recorded. */
  | { kind: 'empty' }
  /** Experiments were made, but the baseline has no value to compare with. */
  | { kind: 'no-baseline' }
  /** The baseline stands. `measured`: whether any other experiment gave a value; `kept`: those kept without one. */
  | { kind: 'nothing-kept'; baseline: number; tried: number; measured: boolean; kept: number }
  /** Experiments were measured, and it is not known whether any was kept. */
  | { kind: 'unknown'; baseline: number; tried: number; unknown: Unknown }
  /** The gain of single runs only: confirm has not run, or too few of its runs gave a value. */
  | { kind: 'unconfirmed'; bestSingleRun: BestSingleRun }
  /** Better, within the interval, or worse in the runs of confirm. */
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
  /** Experiments by status, and how many gave a value, the baseline not counted. */
  tried: Partial<Record<Status, number>>
  measured: number
  unknown: Unknown | null
  collected: boolean
  stop: object | null
}

export function outcomeOf(digest: OutcomeInput): Outcome {
  return { ...resultOf(digest), state: stateOf(digest) }
}

function resultOf({ bestSingleRun, confirmed, experiments, tried, measured, unknown }: OutcomeInput): Result {
  if (experiments === 0) return { kind: 'empty' }
  if (bestSingleRun === null) return { kind: 'no-baseline' }
  if (bestSingleRun.experiment === 0) {
    const { baseline } = bestSingleRun
    if (unknown !== null && unknown.experiments.length > 0)
      return { kind: 'unknown', baseline, tried: experiments - 1, unknown }
    return { kind: 'nothing-kept', baseline, tried: experiments - 1, measured: measured > 0, kept: tried.keep ?? 0 }
  }
  if (confirmed === null) return { kind: 'unconfirmed', bestSingleRun }
  return { kind: verdictWords[confirmed.verdict], bestSingleRun, confirmed }
}

function stateOf({ stop, collected }: OutcomeInput): Outcome['state'] {
  if (stop === null) return 'running'
  return collected ? 'collected' : 'ended'
}

/**
 * The best single run: the best value of a kept change, the baseline's where nothing was kept. It is selected among many
 * runs, so it is in part luck. null where the baseline has no value.
 * @param paired values of different times are not comparable: the gains of the kept changes are added instead, `best` is
 * the baseline's value with them, and `experiment` is the head
 */
export function bestSingleRunOf(experiments: Experiment[], goal: Metric['goal'], paired = false): BestSingleRun | null {
  const baseline = experiments.find(e => e.number === 0)?.metric ?? null
  if (baseline === null) return null
  const kept = experiments.filter(e => e.number > 0 && e.status === 'keep')
  const found = paired ? kept.at(-1) : bestOf(kept, goal)
  const added = kept.reduce((sum, e) => sum + (e.decision?.gain ?? 0), 0)
  const best = paired ? baseline + change(added, goal) : (found?.metric ?? baseline)
  // + 0 makes −0 plain.
  return { baseline, best, gain: change(best - baseline, goal) + 0, experiment: found?.number ?? 0 }
}
