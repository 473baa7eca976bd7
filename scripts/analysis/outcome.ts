/** The outcome of a session, computed once for headline, report, terminal and pages. Pure. */
import { change, metricText } from '../lib/format.ts'
import { plural } from '../lib/text.ts'
import { experimentName } from '../record/files.ts'
import type { Experiment, Metric, Status } from '../record/schema.ts'
import { bestOf } from '../record/state.ts'
import type { Confirmed } from '../stats/confirm.ts'
import { confirmRunsOf } from './confirm/confirmed.ts'
import type { FinalFacts } from './confirm/final.ts'
import { sizePlusMinus } from './numbers.ts'
import type { Digest } from './schema.ts'
import { type Unknown, whyUnknown } from './unknown.ts'

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
  const kinds = { better: 'confirmed', inconclusive: 'inconclusive', worse: 'worse' } as const
  return { kind: kinds[confirmed.verdict], bestSingleRun, confirmed }
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

/** A sentence that names head and best where they are different experiments; null where they are the same. */
export function headAndBest({ bestSingleRun, final, kept, metric }: HeadAndBest): string | null {
  if (bestSingleRun === null || final === null || final.experiment === bestSingleRun.experiment) return null
  const head = kept.find(k => k.experiment === final.experiment)
  const last = `${experimentName(final.experiment)}, the last kept change`
  if (bestSingleRun.experiment === 0) return head ? null : `The head is ${last}, which has no value.`
  const values = head ? [bestSingleRun.best, head.metric] : [bestSingleRun.best]
  const best = `The best single run is ${experimentName(bestSingleRun.experiment)}, with ${metric.name} ${metricText(bestSingleRun.best, values)}`
  return `${best}; the head is ${last}, ${head ? `with ${metricText(head.metric, values)}` : 'which has no value'}.`
}
type HeadAndBest = Pick<Digest, 'bestSingleRun' | 'final' | 'kept' | 'metric'>

/** Runs of confirm on the baseline and on the final, and how many of them gave no value. */
export function confirmRuns(
  experiments: Experiment[],
  final: Pick<FinalFacts, 'experiment' | 'commit'> | null,
): { runs: number; failed: number } {
  const head = experiments.find(e => e.number === final?.experiment)
  const compared = head && final ? [experiments.find(e => e.number === 0), { ...head, commit: final.commit }] : []
  const runs = compared.flatMap(confirmRunsOf)
  return { runs: runs.length, failed: runs.filter(run => run.metric === null).length }
}

/** The further runs that stand on the baseline's side: "2 runs of the baseline that the loop had planned". */
export const plannedRunsText = ({ plannedRuns }: Confirmed): string =>
  `${plural(plannedRuns, 'run')} of the baseline that the loop had planned`

/** How much smaller the gain is on the holdout, where its whole interval is above zero; else null. */
export const holdoutShortfall = ({ gap }: Pick<Digest, 'gap'>): number | null =>
  gap?.verdict === 'smaller' ? gap.gain : null

/**
 * Compares the gains on both splits: "0.0021 ± 0.0034 smaller than on val (95%), which includes zero: no sign that the
 * search fitted val".
 */
export function holdoutGapText({ gain, interval, verdict }: NonNullable<Digest['gap']>): string {
  const compared = `${sizePlusMinus(gain, interval)} ${gain < 0 ? 'larger' : 'smaller'} than on val (95%)`
  switch (verdict) {
    case 'smaller':
      return `${compared}: a sign that the search fitted val`
    case 'inconclusive':
      return `${compared}, which includes zero: no sign that the search fitted val`
    case 'larger':
      return compared
  }
}

/** The beginning of a sentence about a result of confirm. */
export const leadPhrases = {
  confirmed: 'Confirmed',
  inconclusive: 'No gain could be confirmed',
  worse: 'Worse, not better',
} as const

/** For a session without experiments. */
export const nothingMeasured = 'Nothing has been measured yet.'

/** For a session whose baseline gave no value. Of a collected table the baseline is a row with a value, if there is any. */
export const notComparable = ({
  collected,
  metric,
  experiments,
  measured,
}: Pick<Digest, 'collected' | 'metric' | 'experiments' | 'measured'>): string =>
  collected && measured === 0
    ? `${experiments === 1 ? 'The only row has no value' : `None of the ${experiments} rows has a value`} of ${metric.name}.`
    : 'The baseline was not measured, so there is nothing to compare with.'

/** What is said where the baseline stands. @param value e.g. "val_bpb of 0.9979" */
export function nothingKeptText({ tried, measured, kept }: NothingKept, value: string): string {
  if (tried === 0) return `Only the baseline was run, with a ${value}.`
  const stands = `so the baseline's ${value} stands.`
  if (kept > 0) {
    const which =
      tried === 1 ? 'The one experiment was' : `${kept} of ${tried} experiments ${kept === 1 ? 'was' : 'were'}`
    return `${which} kept without a value, so there is nothing to compare with the baseline's ${value}.`
  }
  const none = tried === 1 ? 'The one experiment was not' : `None of the ${tried} experiments was`
  return `${none} ${measured ? 'kept' : 'measured'}, ${stands}`
}
export type NothingKept = Extract<Result, { kind: 'nothing-kept' }>

/** A sentence on measured rows whose status is not known, beside kept ones; null without. */
export function besidesKept({ unknown, bestSingleRun }: Pick<Digest, 'unknown' | 'bestSingleRun'>): string | null {
  if (unknown === null || unknown.best === null || bestSingleRun === null || bestSingleRun.experiment === 0) return null
  const { experiments, best, beatsKept } = unknown
  const n = experiments.length
  const which = n === 1 ? 'one more measured experiment was' : `${n} more measured experiments were`
  const value = `${experimentName(best.experiment)} with ${metricText(best.metric, [bestSingleRun.best])}`
  const than = `${beatsKept ? 'better' : 'no better'} than the best that was surely kept, ${metricText(bestSingleRun.best, [best.metric])}`
  return `Whether ${which} kept is not known, for ${whyUnknown(unknown)}; ${n === 1 ? 'it' : 'the best of them'}, ${value}, is ${than}.`
}

/** Why a gain is not confirmed. */
export function whyUnconfirmed(experiments: Experiment[], final: FinalFacts | null): string {
  const { runs, failed } = confirmRuns(experiments, final)
  if (runs === 0) return 'baseline and head have not been run again'
  return `confirm made ${plural(runs, 'run')}, ${failed > 0 ? `of which ${failed} failed` : 'too few for an interval'}`
}
