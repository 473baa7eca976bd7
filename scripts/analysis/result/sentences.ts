/**
 * A session's result in plain sentences. Home, session page, report, terminal, feed and tables read them from here, so that
 * all say the same. All numbers of a sentence have one base: a change that confirm measured has the means of confirm's runs
 * on both sides, never a value of the ledger. Pure.
 */
import { capital, plural } from '../../lib/text.ts'
import type { Confirmed } from '../../stats/confirm.ts'
import { isUneven, lostRunsText, ranLonger } from '../confirm/runs.ts'
import { rerunsText } from '../confirm/seeds.ts'
import { briefDelta, briefMetric, fromTo } from '../numbers.ts'
import { shareBetween } from '../relative.ts'
import { replicationSentences } from '../replication/words.ts'
import type { Digest } from '../schema.ts'
import { countsSentence } from './counts.ts'
import type { NextStep } from './nextStep.ts'
import { type BestSingleRun, type Outcome, outcomeOf } from './outcome.ts'
import { notComparable, nothingKeptText, nothingMeasured, whyUnconfirmed } from './phrases.ts'
import { measuredText, type Unknown, whyUnknown } from './unknown.ts'

/** What the sentences are made from: a digest, or the records of a session that has none yet. */
export type ResultFacts = Pick<
  Digest,
  | 'metric'
  | 'collected'
  | 'pairs'
  | 'bestSingleRun'
  | 'confirmed'
  | 'confirmRuns'
  | 'holdout'
  | 'seeds'
  | 'experiments'
  | 'tried'
  | 'measured'
  | 'unknown'
  | 'stop'
  | 'next'
  | 'replicationOf'
>

/** Each a sentence or two, "" where there is nothing to say. */
export interface ResultSentences {
  /**
   * The result as a heading, without a full stop: "val_bpb 2.6750 → 2.3410, 12.5% lower", "Inconclusive: val_bpb 1.4035 →
   * 1.1287 on at least 1 new seed", "Nothing kept". Only a confirmed change stands alone; any other begins with its standing.
   */
  title: string
  /** The same in a line for titles and lists: "val_bpb 2.6750 → 2.3410, 12.5% lower, confirmed on 2 new seeds". */
  line: string
  /** How far it is to be believed: "Confirmed on 2 new seeds." */
  verdict: string
  /** "Holdout: inconclusive."; "" where no confirmation is compared. */
  holdout: string
  /** "8 experiments, 4 kept, 0 crashed, best single run 2.2724." */
  counts: string
  next: NextStep
}

export function resultSentences(facts: ResultFacts): ResultSentences {
  if (facts.replicationOf !== null) return { ...replicationSentences(facts, facts.replicationOf), next: facts.next }
  const outcome = outcomeOf(facts)
  return { ...standing(outcome, facts), counts: countsSentence(facts), next: facts.next }
}

/** Title, verdict and holdout in one line of text. */
export const resultParagraph = ({ title, verdict, holdout }: ResultSentences): string =>
  [`${title}.`, verdict, holdout].filter(text => text !== '').join(' ')

type Standing = Pick<ResultSentences, 'title' | 'line' | 'verdict' | 'holdout'>
/** Outcomes whose baseline and final were run again. */
type Tested = Extract<Outcome, { kind: 'confirmed' | 'inconclusive' | 'worse' }>

function standing(outcome: Outcome, facts: ResultFacts): Standing {
  switch (outcome.kind) {
    case 'confirmed':
    case 'inconclusive':
    case 'worse':
      return tested(outcome, facts)
    default:
      return { ...untested(outcome, facts), holdout: '' }
  }
}

function tested({ kind, confirmed }: Tested, facts: ResultFacts): Standing {
  const { metric, seeds } = facts
  const on = rerunsText(seeds, confirmed.seeds, isUneven(facts.confirmRuns, confirmed.seeds))
  const lost = lostRunsText(facts.confirmRuns)
  const values = `${metric.name} ${fromTo(confirmed.baseline, confirmed.head)}`
  const holdout = holdoutSentence(facts)
  if (kind === 'inconclusive') {
    const is = lost === '' ? 'inconclusive' : 'not confirmed yet'
    const verdict = lost === '' ? 'The 95% interval of the change includes zero.' : `${lost}.`
    return { title: `${capital(is)}: ${values} ${on}`, line: `${values} ${on}, ${is}`, verdict, holdout }
  }
  const moved = withShare(values, confirmed)
  const noHoldout = metric.holdout === null ? ', no holdout' : ''
  const verdict = `${capital(kind)} ${on}${lost === '' ? '' : `; ${lost}`}.`
  return { title: moved, line: `${moved}, ${kind} ${on}${noHoldout}`, verdict, holdout }
}

const withShare = (values: string, { baseline, head }: Pick<Confirmed, 'baseline' | 'head'>): string => {
  const share = shareBetween(baseline, head)
  return share === null ? values : `${values}, ${share}`
}

function holdoutSentence({ metric, holdout }: ResultFacts): string {
  if (metric.holdout === null) return 'No holdout.'
  if (holdout === null) return 'Holdout: not measured.'
  if (holdout.verdict === 'inconclusive') return 'Holdout: inconclusive.'
  const worse = holdout.verdict === 'worse' ? 'worse, ' : ''
  return `Holdout: ${worse}${withShare(fromTo(holdout.baseline, holdout.head), holdout)}.`
}

function untested(outcome: Exclude<Outcome, Tested>, facts: ResultFacts): Omit<Standing, 'holdout'> {
  const { metric, measured } = facts
  if (outcome.state === 'running') return running(outcome, facts)
  switch (outcome.kind) {
    case 'empty':
      return { title: 'Nothing measured', line: 'nothing has been measured yet', verdict: nothingMeasured }
    case 'no-baseline': {
      const line =
        facts.collected && measured === 0 ? `no row has a value of ${metric.name}` : 'the baseline gave no value'
      return { title: 'Nothing measured', line, verdict: notComparable(facts) }
    }
    case 'nothing-kept': {
      const verdict = nothingKeptText(outcome, `${metric.name} of ${briefMetric(outcome.baseline)}`)
      if (outcome.tried === 0) return { title: 'Baseline only', line: 'only the baseline was run', verdict }
      const value = outcome.kept > 0 ? ' with a value' : ''
      return {
        title: `Nothing kept${value}`,
        line: `nothing kept${value} in ${plural(outcome.tried, 'experiment')}`,
        verdict,
      }
    }
    case 'unknown': {
      const { unknown, baseline } = outcome
      return {
        title: 'Kept: not known',
        line: unknownLine(unknown, facts, baseline),
        verdict: `${capital(whyUnknown(unknown))}. ${measuredText(unknown, metric, baseline, measured)}.`,
      }
    }
    case 'unconfirmed':
      return unconfirmed(outcome.bestSingleRun, outcome.state, facts)
  }
}

function unknownLine(
  { experiments, better, best }: Unknown,
  { metric, measured }: ResultFacts,
  baseline: number,
): string {
  const n = experiments.length
  const which =
    n < measured ? `${n} of ${measured} measured ${n === 1 ? 'has' : 'have'} an unknown status` : `${n} measured`
  const found =
    best === null || better === 0
      ? 'none better than the baseline'
      : `the best ${briefDelta(best.gain, metric, baseline)} ${metric.name}`
  return `${which}, ${found}; what was kept is not known`
}

function unconfirmed(single: BestSingleRun, state: Outcome['state'], facts: ResultFacts): Omit<Standing, 'holdout'> {
  if (single.gain <= 0) return noGain(single, facts)
  const { overBudget } = facts.confirmRuns
  const ran = overBudget === null ? '' : ` (${ranLonger(overBudget)})`
  const is = state === 'collected' || overBudget !== null ? `not confirmed${ran}` : 'not confirmed yet'
  const values = singleText(single, facts)
  const why =
    state === 'collected' ? 'Imported results: confirm cannot run them again here.' : whyUnconfirmed(facts.confirmRuns)
  const verdict = `${selectionSentence(facts)} ${why}`
  return { title: `${capital(is)}: ${values}`, line: `${values}, ${is}`, verdict }
}

/** "val_bpb 0.9979 → 0.9697 in single runs"; of a paired session, whose values are of different times, the sum of the gains. */
function singleText({ baseline, best, gain }: BestSingleRun, { metric, pairs }: ResultFacts): string {
  if (pairs === null) return `${metric.name} ${fromTo(baseline, best)} in single runs`
  return `${briefDelta(gain, metric, baseline)} ${metric.name}, the sum of the kept gains`
}

export function selectionSentence({ measured, pairs }: Pick<ResultFacts, 'measured' | 'pairs'>): string {
  if (pairs !== null || measured < 2) return 'Kept for its value, so likely optimistic.'
  return `Selected as the best of ${measured} measured experiments, so likely optimistic.`
}

function noGain(
  { baseline, best, gain }: BestSingleRun,
  { metric, tried, pairs }: ResultFacts,
): Omit<Standing, 'holdout'> {
  const line = `no gain in ${plural(tried.keep ?? 0, 'kept change')}`
  const verdict =
    pairs === null
      ? `No kept change is better than the baseline's ${metric.name} of ${briefMetric(baseline, [best])}; the best has ${briefMetric(best, [baseline])}.`
      : `The gains of the kept changes add up to ${briefDelta(gain, metric, baseline)} ${metric.name}.`
  return { title: 'No gain', line, verdict }
}

function running(outcome: Exclude<Outcome, Tested>, facts: ResultFacts): Omit<Standing, 'holdout'> {
  const verdict = 'Nothing is confirmed before the session is over.'
  if (outcome.kind === 'unconfirmed' && outcome.bestSingleRun.gain > 0) {
    const values = singleText(outcome.bestSingleRun, facts)
    return { title: `Running: ${values}`, line: `${values}, running`, verdict }
  }
  const so =
    outcome.kind === 'empty' || outcome.kind === 'no-baseline' ? 'Nothing has been measured' : 'Nothing is kept'
  return { title: 'Running', line: 'running', verdict: `${so} so far. ${verdict}` }
}
