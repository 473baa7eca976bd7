/** What a session comes to, in one number or, as plainly, in the words that there is none. */
import { briefDelta, plusMinus } from '../../../scripts/analysis/numbers.ts'
import {
  bestSingleRunOf,
  leadPhrases,
  notComparable,
  nothingMeasured,
  type Outcome,
  outcomeOf,
  whyUnconfirmed,
} from '../../../scripts/analysis/outcome.ts'
import type { View } from '../view.ts'
import { several } from '../words.ts'

export interface Answer {
  kind: 'confirmed' | 'inconclusive' | 'worse' | 'unconfirmed' | 'nothing' | 'running'
  /** The confirmed change, large: "−0.0271" and "± 0.0008"; null where there is none. */
  number: [string, string] | null
  /** The same on the holdout; null where that was not measured. */
  holdout: [string, string] | null
  /** Instead of the number. */
  words: string | null
  /** What the answer rests on: a sentence. */
  basis: string
  /** What would make it an answer. */
  command: string | null
  /** Seconds that the command will take, by the session's own runs; null when not known. */
  seconds: number | null
}

export function answer(v: View): Answer {
  const outcome = outcomeOfView(v)
  const { kind } = outcome
  if (kind === 'confirmed' || kind === 'inconclusive' || kind === 'worse') return tested(v, outcome)
  const none = { number: null, holdout: null, command: null, seconds: null }
  if (outcome.state === 'running') {
    const basis = `${soFar(v, outcome)} Nothing is confirmed before the session is over.`
    return { ...none, kind: 'running', words: 'Still running', basis }
  }
  switch (kind) {
    case 'empty':
      return { ...none, kind: 'nothing', words: 'Nothing measured', basis: nothingMeasured }
    case 'no-baseline':
      return { ...none, kind: 'nothing', words: 'Nothing measured', basis: notComparable }
    case 'nothing-kept':
      return { ...none, kind: 'nothing', words: 'Nothing kept', basis: nothingKept(v, outcome) }
    case 'unconfirmed': {
      const basis = `${soFar(v, outcome)} It is the luckiest of all runs; ${whyUnconfirmed(v.experiments, 'best')}.`
      const open = { ...none, kind, words: 'Not yet confirmed' }
      if (outcome.state === 'collected')
        return { ...open, basis: `${basis} The session was collected, so this notebook cannot run them.` }
      return { ...open, basis, ...nextStep(v) }
    }
  }
}

/** By the records, and by what the digest says of confirm's runs; before the report there is no digest. */
const outcomeOfView = ({ session, experiments, counts, digest }: View): Outcome =>
  outcomeOf({
    bestSingleRun: bestSingleRunOf(experiments, session.metric.goal),
    confirmed: digest?.confirmed ?? null,
    experiments: experiments.length,
    counts,
    collected: session.source !== undefined,
    stop: session.stop,
  })

function tested(v: View, { kind, confirmed }: Tested): Answer {
  const { metric } = v.session
  const number = parts(plusMinus(confirmed, metric))
  const holdout = v.digest?.holdout ? parts(plusMinus(v.digest.holdout, metric)) : null
  const how = `baseline and best trained again, ${several(confirmed.seeds, 'unused seed')} each`
  const found = { kind, number, holdout, words: null, command: null, seconds: null }
  switch (kind) {
    case 'confirmed':
      return { ...found, basis: `${leadPhrases[kind]} change in ${metric.name} with its 95% interval: ${how}.` }
    case 'worse':
      return { ...found, basis: `${leadPhrases[kind]}: ${metric.name} with its 95% interval, ${how}.` }
    case 'inconclusive': {
      const basis = `${leadPhrases[kind]}: ${metric.name} changed by ${number.join(' ')}, which includes zero (${how}).`
      return { ...found, number: null, words: 'No confirmed gain', basis, ...nextStep(v) }
    }
  }
}

type Tested = Extract<Outcome, { kind: 'confirmed' | 'inconclusive' | 'worse' }>
type NothingKept = Extract<Outcome, { kind: 'nothing-kept' }>

function nothingKept({ session: { metric } }: View, { tried, measured }: NothingKept): string {
  if (tried === 0) return 'Only the baseline was run.'
  const all = `None of the ${several(tried, 'change')} tried`
  return measured ? `${all} beat the baseline's ${metric.name}.` : `${all} was measured.`
}

function soFar({ session: { metric } }: View, outcome: Outcome): string {
  switch (outcome.kind) {
    case 'empty':
    case 'no-baseline':
      return 'Nothing has been measured.'
    case 'nothing-kept':
      return 'Nothing is kept so far.'
    default: {
      const { gain, baseline } = outcome.bestSingleRun
      return `The records claim ${briefDelta(gain, metric, baseline)} in ${metric.name}.`
    }
  }
}

/** The claimed change; null when nothing was measured. */
export const claimedText = ({ gain, baseline, session }: View): string | null =>
  gain === null || baseline === null ? null : briefDelta(gain, session.metric, baseline)

/** "−0.0271 ± 0.0008" as the number and its interval, which are set in two sizes. */
function parts(text: string): [string, string] {
  const [number = text, ...rest] = text.split(' ')
  return [number, rest.join(' ')]
}

/** Before there is a digest the session waits for its report, which says the rest. */
function nextStep(v: View): { command: string; seconds: number | null } {
  const command = `npx ${v.digest?.next ?? `pnpm report ${v.id}`}`
  return { command, seconds: / pnpm confirm /.test(command) ? confirmSeconds(v, command) : null }
}

/** Runs of baseline and best, as many as the command asks for, one after the other; each as long as this session's usual. */
function confirmSeconds({ session, experiments }: View, command: string): number | null {
  const asked = Number(/ --seeds (\d+)/.exec(command)?.[1] ?? session.contract.seeds ?? 3)
  const lengths = experiments
    .flatMap(e => e.runs.filter(r => r.outcome === 'ok').map(r => r.seconds))
    .sort((a, b) => a - b)
  const usual = lengths[Math.floor(lengths.length / 2)]
  return usual === undefined || !(asked > 0) ? null : 2 * asked * usual
}
