/** Sentences and phrases about a result, used by `sentences.ts`, the report and the pages. Pure. */
import { metricText } from '../../lib/format.ts'
import { plural } from '../../lib/text.ts'
import { experimentName } from '../../record/files/paths.ts'
import type { Confirmed } from '../../stats/confirm.ts'
import type { FinalFacts } from '../confirm/final.ts'
import { type ConfirmRuns, lostRunsText, overBudgetSentence } from '../confirm/runs.ts'
import { pRealText } from '../labels.ts'
import { sizePlusMinus } from '../numbers.ts'
import type { Digest } from '../schema.ts'
import type { Result } from './outcome.ts'
import { whyUnknown } from './unknown.ts'

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

/** The further runs that stand on the baseline's side: "2 runs of the baseline that the loop had planned". */
export const plannedRunsText = ({ plannedRuns }: Confirmed): string =>
  `${plural(plannedRuns, 'run')} of the baseline that the loop had planned`

/**
 * Why prune took a change out: "before confirm, when P(real) was 36%". It can be another one by now, for confirm's runs
 * then count in σ. null where it was not taken out.
 */
export function removedText(final: FinalFacts | null, experiment: number): string | null {
  const found = final?.removed.find(removed => removed.experiment === experiment)
  return found ? `before confirm, when P(real) was ${pRealText(found.pReal)}` : null
}

/** How much smaller the gain is on the holdout, where its whole interval is above zero; else null. */
export const holdoutShortfall = ({ gap }: Pick<Digest, 'gap'>): number | null =>
  gap?.verdict === 'smaller' ? gap.gain : null

/**
 * Compares the gains on both splits: "0.0021 ± 0.0034 smaller than on val (95%), which includes zero: no sign that the
 * search fitted val".
 */
export function holdoutGapText({ gain, interval, verdict }: NonNullable<Digest['gap']>): string {
  if (gain === 0 && interval[0] === 0 && interval[1] === 0) return 'the same as on val'
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
  if (tried === 0) return `Only the baseline was run: its ${value.replace(' of ', ' is ')}.`
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

/** Why a gain is not confirmed: a sentence. */
export function whyUnconfirmed(made: ConfirmRuns): string {
  if (made.overBudget !== null) return overBudgetSentence(made.overBudget)
  if (made.runs === 0) return 'Baseline and head have not been run again.'
  const lost = lostRunsText(made)
  const few = `${plural(made.runs, 'confirmation run')} ${made.runs === 1 ? 'is' : 'are'} too few for an interval.`
  return lost === '' ? few : `${lost}, which leaves too few for an interval.`
}
