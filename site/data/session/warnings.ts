/** What a reader should know before believing a session's numbers: sentences with the experiments concerned. */
import { engineSentences, engineWarnings } from '../../../scripts/analysis/engine.ts'
import { outageText } from '../../../scripts/analysis/outages.ts'
import { holdoutGapText, holdoutShortfall } from '../../../scripts/analysis/result/phrases.ts'
import { traceText } from '../../../scripts/analysis/traces.ts'
import { dollarText, duration, percent } from '../../../scripts/lib/format.ts'
import { plural } from '../../../scripts/lib/text.ts'
import { costSentence, noiseSentences } from '../../../scripts/report/sections/session.ts'
import type { View } from '../view.ts'
import { capital } from '../words.ts'

export interface Warning {
  /** A keyword: "noise", "selection", "words". */
  key: string
  text: string
  experiments: number[]
}

/** Warnings of one kind that are listed one by one. */
const MAX_LISTED = 3

export function warningsOf(v: View): Warning[] {
  const { digest } = v
  if (digest === null || digest.bestSingleRun === null) return sourceWarnings(v)
  const { gap, holdoutLooks, drift, warnings, overBudget, outages, traces, engine } = digest
  return [
    ...noise(v),
    ...(gap !== null && holdoutShortfall(digest) !== null
      ? [warning('holdout', `The gain on the holdout is ${holdoutGapText(gap)}.`)]
      : []),
    ...(holdoutLooks?.warning
      ? [
          warning(
            'holdout',
            `It has been looked at ${holdoutLooks.all} times over ${plural(holdoutLooks.sessions.length, 'session')}: it is not much of a holdout any more.`,
          ),
        ]
      : []),
    ...traces.slice(0, MAX_LISTED).map(trace => warning('traces', traceText(trace), trace.experiments)),
    ...(traces.length > MAX_LISTED
      ? [
          warning('traces', `${traces.length - MAX_LISTED} more things changed beside the session.`, [
            ...new Set(traces.slice(MAX_LISTED).flatMap(trace => trace.experiments)),
          ]),
        ]
      : []),
    ...drift.map(({ kind, sentence, experiment }) => warning(kind, sentence, [experiment])),
    ...(engine === null ? [] : engineWarnings(engine)).map(w =>
      warning(w.key.toLowerCase(), w.sentence, w.experiments),
    ),
    ...overBudget.slice(0, MAX_LISTED).map(w => warning('budget', w.sentence, [w.experiment])),
    ...(overBudget.length > MAX_LISTED
      ? [
          warning(
            'budget',
            `${overBudget.length - MAX_LISTED} more first runs took longer than budget, start-up and evaluation explain.`,
            overBudget.slice(MAX_LISTED).map(w => w.experiment),
          ),
        ]
      : []),
    ...warnings
      .slice(0, MAX_LISTED)
      .map(d => warning('words', `“${d.claim}” says the description; ${d.found}.`, [d.experiment])),
    ...(warnings.length > MAX_LISTED
      ? [
          warning(
            'words',
            `${warnings.length - MAX_LISTED} more descriptions say what diff or run contradict.`,
            warnings.slice(MAX_LISTED).map(d => d.experiment),
          ),
        ]
      : []),
    ...outages
      .slice(0, MAX_LISTED)
      .map(o => warning('outage', `${outageText(o)}. Its first error: ${o.detail.replace(/\.$/, '')}.`)),
    ...sourceWarnings(v),
  ]
}

/** Warnings from git, or from the table itself, about a collected session. */
export function sourceWarnings({ source, experiments }: Pick<View, 'source' | 'experiments'>): Warning[] {
  const there = new Set(experiments.map(e => e.number))
  const known = (numbers: number[]) => numbers.filter(n => there.has(n))
  return (source?.warnings ?? []).map(w => warning('record', w.text, known(w.experiments)))
}

/** "How it was imported, 3 warnings" of a collected session; null of others. */
export function importTitle(v: Pick<View, 'source' | 'experiments'>): string | null {
  if (!v.source) return null
  const { length } = sourceWarnings(v)
  return length === 0 ? 'How it was imported' : `How it was imported, ${plural(length, 'warning')}`
}

/** Files that a session's page is made without, after "Made without". */
export function leftOutText(leftOut: string[]): string {
  const shown = leftOut.slice(0, MAX_LISTED).join('; ')
  return leftOut.length <= MAX_LISTED ? shown : `${shown}; and ${plural(leftOut.length - MAX_LISTED, 'other file')}`
}

const warning = (key: string, text: string, experiments: number[] = []): Warning => ({ key, text, experiments })

function noise({ digest }: View): Warning[] {
  if (digest === null) return []
  const { assumed } = digest
  const measured = noiseSentences(digest)
    .join(' ')
    .replace(/^Noise: (.)/, (_, letter: string) => (letter === 'σ' ? letter : capital(letter)))
  return [warning('noise', measured, assumed?.basis === 'descriptions' ? assumed.experiments : [])]
}

/**
 * Share of each activity in the session's time, without those that took none: [["Training", "10 h 25 min", "85%"], …].
 */
export function timeShares({ digest }: Pick<View, 'digest'>): [string, string, string][] {
  if (digest === null) return []
  const { time } = digest
  const parts: [string, number][] = [
    ['Training', time.training],
    ['Start-up and evaluation', time.overhead],
    ['Confirming', time.confirming],
    ['Thinking', time.thinking],
    ['Idle', time.idle],
  ]
  return parts
    .filter(([, seconds]) => seconds >= 0.5 && time.total > 0)
    .map(([name, seconds]) => [name, duration(seconds), percent(seconds / time.total)])
}

/** Whether there is anything to say of the session's time or cost. */
export const hasTimeOrCost = (v: Pick<View, 'digest'>): boolean =>
  timeShares(v).length > 0 || costText(v) !== null || engineText(v) !== null

/** Where its runs executed; null: on the harness's own machine, or not recorded. */
export const engineText = ({ digest }: Pick<View, 'digest'>): string | null =>
  digest?.engine == null ? null : engineSentences(digest.engine).join(' ')

/** The session's cost in a sentence or two; null where neither time nor money is known. */
export function costText({ digest }: Pick<View, 'digest'>): string | null {
  if (digest === null) return null
  const { time, costPerConfirmedKeep } = digest
  const parts = [
    time.total > 0 && time.training === 0
      ? `The session took ${duration(time.total)}; its records do not say what of it was training.`
      : '',
    costSentence(digest),
    costPerConfirmedKeep === null
      ? ''
      : `The agent cost ${dollarText(costPerConfirmedKeep)} for each confirmed change.`,
  ]
  return parts.filter(part => part !== '').join(' ') || null
}
