/** A session's result: one number, or words where no gain is confirmed. */
import { evaluationSentence } from '../../../scripts/analysis/confirm/evaluationNoise.ts'
import { finalFacts, finalName } from '../../../scripts/analysis/confirm/final.ts'
import { coverageSentence, holdoutNote, rerunsEach } from '../../../scripts/analysis/confirm/seeds.ts'
import { briefDelta, briefMetric, plusMinus } from '../../../scripts/analysis/numbers.ts'
import {
  type BestSingleRun,
  besidesKept,
  bestSingleRunOf,
  headAndBest,
  holdoutGapText,
  leadPhrases,
  type NothingKept,
  notComparable,
  nothingKeptText,
  nothingMeasured,
  type Outcome,
  outcomeOf,
  plannedRunsText,
  whyUnconfirmed,
} from '../../../scripts/analysis/outcome.ts'
import { measuredText, namingText, whyUnknown } from '../../../scripts/analysis/unknown.ts'
import { command } from '../../../scripts/lib/command.ts'
import { percent } from '../../../scripts/lib/format.ts'
import { isPaired } from '../../../scripts/record/pairs.ts'
import type { Confirmed } from '../../../scripts/stats/confirm.ts'
import type { View } from '../view.ts'
import { capital, rerunsInWords } from '../words.ts'

export interface Answer {
  /** `unknown`: experiments were measured, and it is not known what was kept. */
  kind: 'confirmed' | 'inconclusive' | 'worse' | 'unconfirmed' | 'nothing' | 'unknown' | 'running'
  /** The confirmed change and its interval: "−0.0271" and "± 0.0008"; null without one. */
  number: [string, string] | null
  /** The same on the holdout; null where it was not measured. */
  holdout: [string, string] | null
  /** How much smaller or larger the gain is on the holdout, with its interval; null where it is not known. */
  gap: string | null
  /** Shown instead of the number. */
  words: string | null
  /** A sentence that says what the answer is based on. */
  basis: string
  /** The command that would confirm the gain. */
  command: string | null
  /** Estimated seconds of the command, from the session's own runs; null when not known. */
  seconds: number | null
}

export function answer(v: View): Answer {
  const found = resultOf(v)
  const apart = v.digest && headAndBest(v.digest)
  const besides = v.digest && besidesKept(v.digest)
  return {
    ...found,
    basis: [found.basis, prunedText(v), apart ?? '', besides ?? ''].filter(text => text !== '').join(' '),
  }
}

/** What was taken out before confirm; empty where nothing was. */
function prunedText({ digest, session }: View): string {
  const final = digest?.final
  if (final?.kind !== 'pruned') return ''
  const chances = final.removed.toReversed().map(({ pReal }) => percent(pReal))
  const where = final.branch === null ? '' : ` Its branch is ${final.branch}; ${session.branch} keeps every change.`
  return `The final is ${finalName(final)} (P(real) ${chances.join(', ')}).${where}`
}

function resultOf(v: View): Answer {
  const outcome = outcomeOfView(v)
  const { kind } = outcome
  if (kind === 'confirmed' || kind === 'inconclusive' || kind === 'worse') return tested(v, outcome)
  const none = { number: null, holdout: null, gap: null, command: null, seconds: null }
  if (outcome.state === 'running') {
    const basis = `${soFar(v, outcome)} Nothing is confirmed before the session is over.`
    return { ...none, kind: 'running', words: 'Still running', basis }
  }
  switch (kind) {
    case 'empty':
      return { ...none, kind: 'nothing', words: 'Nothing measured', basis: nothingMeasured }
    case 'no-baseline':
      return { ...none, kind: 'nothing', words: 'Nothing measured', basis: notComparable(comparableOf(v)) }
    case 'nothing-kept':
      return {
        ...none,
        kind: 'nothing',
        words: outcome.tried === 0 ? 'Baseline only' : 'Nothing kept',
        basis: nothingKept(v, outcome),
      }
    case 'unknown': {
      const { unknown, baseline } = outcome
      const basis = `${capital(whyUnknown(unknown))}. ${measuredText(unknown, v.session.metric, baseline, v.measured)}. ${namingText(unknown)}`
      return { ...none, kind, words: 'Kept: not known', basis, command: unknown.again }
    }
    case 'unconfirmed': {
      if (outcome.bestSingleRun.gain <= 0)
        return { ...none, kind: 'nothing', words: 'No gain claimed', basis: noGain(v, outcome.bestSingleRun) }
      const luck = isPaired(v.session)
        ? 'What is kept is in part the luckiest'
        : 'It is the best of the kept runs, and in part luck'
      const basis = `${soFar(v, outcome)} ${luck}; ${whyUnconfirmed(v.experiments, finalFacts(v))}.`
      const open = { ...none, kind, words: 'Not yet confirmed' }
      if (outcome.state === 'collected')
        return { ...open, basis: `${basis} The session was collected, so this notebook cannot run them.` }
      return { ...open, basis, ...nextStep(v) }
    }
  }
}

/** Without a digest (before the report) nothing is confirmed. */
const outcomeOfView = ({ session, experiments, tried, measured, unknown, digest }: View): Outcome =>
  outcomeOf({
    bestSingleRun: bestSingleRunOf(experiments, session.metric.goal, isPaired(session)),
    confirmed: digest?.confirmed ?? null,
    experiments: experiments.length,
    tried,
    measured,
    unknown,
    collected: session.source !== undefined,
    stop: session.stop,
  })

const comparableOf = ({ session, experiments, measured }: View) => ({
  collected: session.source !== undefined,
  metric: session.metric,
  experiments: experiments.length,
  measured,
})

function tested(v: View, { kind, confirmed }: Tested): Answer {
  const { metric } = v.session
  const number = parts(plusMinus(confirmed, metric))
  const holdout = v.digest?.holdout ? parts(plusMinus(v.digest.holdout, metric)) : null
  const how = howText(v, confirmed)
  const gap = v.digest?.gap ? `In the same runs, the gain on the holdout is ${holdoutGapText(v.digest.gap)}.` : null
  const found = { kind, number, holdout, gap, words: null, command: null, seconds: null }
  switch (kind) {
    case 'confirmed':
      return {
        ...found,
        basis: `${leadPhrases[kind]} change in ${metric.name} with its 95% interval: ${how}. ${coverage(v)}`.trim(),
      }
    case 'worse':
      return {
        ...found,
        basis: `${leadPhrases[kind]}: ${metric.name} with its 95% interval, ${how}. ${coverage(v)}`.trim(),
      }
    case 'inconclusive': {
      const basis =
        `${leadPhrases[kind]}: ${metric.name} changed by ${number.join(' ')}, which includes zero (${how}). ${coverage(v)}`.trim()
      return { ...found, number: null, words: 'No confirmed gain', basis, ...nextStep(v) }
    }
  }
}

/** "baseline and best run again, two new seeds each", "…, two re-runs each, same seed; no holdout". */
function howText({ digest, session: { metric } }: View, confirmed: Confirmed): string {
  const seeds = digest?.seeds ?? { use: 'unknown' as const }
  const what = digest?.final?.kind === 'pruned' ? 'final' : 'head'
  const planned = confirmed.plannedRuns === 0 ? '' : `, and ${plannedRunsText(confirmed)}`
  const note = holdoutNote(metric, digest?.holdout ?? null)
  const runs = `${rerunsEach(seeds, confirmed.seeds, rerunsInWords)}${planned}`
  return `baseline and ${what} run again, ${runs}${note === '' ? '' : `; ${note}`}`
}

/** What the runs of confirm cover, where that is less than the choice of the seed; empty without such runs. */
const coverage = ({ digest }: View): string =>
  digest?.confirmed ? `${coverageSentence(digest.seeds)} ${evaluationSentence(digest, true)}`.trim() : ''

type Tested = Extract<Outcome, { kind: 'confirmed' | 'inconclusive' | 'worse' }>

const nothingKept = ({ session: { metric } }: View, outcome: NothingKept): string =>
  nothingKeptText(outcome, `${metric.name} of ${briefMetric(outcome.baseline)}`)

function noGain({ session: { metric } }: View, { baseline, best, experiment }: BestSingleRun): string {
  return `No kept change is better than the baseline's ${metric.name} of ${briefMetric(baseline, [best])}; the best, experiment ${experiment}, has ${briefMetric(best, [baseline])}.`
}

function soFar({ session: { metric } }: View, outcome: Outcome): string {
  switch (outcome.kind) {
    case 'empty':
    case 'no-baseline':
      return 'Nothing has been measured.'
    case 'nothing-kept':
    case 'unknown':
      return 'Nothing is kept so far.'
    default: {
      const { gain, baseline } = outcome.bestSingleRun
      return `The records claim ${briefDelta(gain, metric, baseline)} in ${metric.name}.`
    }
  }
}

/** The claimed change; null when nothing was measured or kept. */
export const claimedText = ({ gain, baseline, session, kept }: View): string | null =>
  kept.length === 0 || gain === null || baseline === null ? null : briefDelta(gain, session.metric, baseline)

/** The confirmed change in a cell of a table, or a word for why there is none: "−0.0271 ± 0.0008", "not yet". */
export function confirmedCell(v: View): string {
  const { kind, number } = answer(v)
  if (number) return number.join(' ')
  if (v.baseline === null) return 'not measured'
  if (kind === 'nothing') return v.kept.length > 0 ? 'no gain' : 'nothing kept'
  return {
    running: 'running',
    unknown: 'not known',
    inconclusive: 'no gain',
    unconfirmed: 'not yet',
    confirmed: '',
    worse: '',
  }[kind]
}

/** "3"; "1, 2 not known" or "not known" where rows have a status without a known meaning. */
export function keptText({ kept, tried }: View): string {
  const unknown = tried.unknown ?? 0
  if (unknown === 0) return String(kept.length)
  return kept.length === 0 ? 'not known' : `${kept.length}, ${unknown} not known`
}

/** Splits "−0.0271 ± 0.0008" into number and interval, which are set in two sizes. */
function parts(text: string): [string, string] {
  const [number = text, ...rest] = text.split(' ')
  return [number, rest.join(' ')]
}

/** Without a digest the next step is the report. */
function nextStep(v: View): { command: string; seconds: number | null } {
  const next = v.digest ? v.digest.next : command(`report ${v.id}`)
  return { command: next, seconds: /^npx pnpm confirm /.test(next) ? confirmSeconds(v, next) : null }
}

/** Seconds for the runs of baseline and best, one after the other, at the session's median run time. */
function confirmSeconds({ session, experiments, digest }: View, command: string): number | null {
  const given = / --seeds (\d+)/.exec(command)?.[1]
  // With `judge: paired`, by default as many pairs as an experiment has at least.
  const asked = Number(given ?? Math.max(Number(session.contract.seeds ?? 3), digest?.pairs ?? 0))
  const lengths = experiments
    .flatMap(e => e.runs.filter(r => r.outcome === 'ok').map(r => r.seconds))
    .sort((a, b) => a - b)
  const usual = lengths[Math.floor(lengths.length / 2)]
  return usual === undefined || !(asked > 0) ? null : 2 * asked * usual
}
