/** What a night comes to, in one number or, as plainly, in the words that there is none. */
import { briefDelta, plusMinus } from '../../scripts/report/numbers.ts'
import type { Confirmed } from '../../scripts/report/schema.ts'
import type { View } from './view.ts'
import { several } from './words.ts'

export interface Answer {
  kind: 'confirmed' | 'undecided' | 'worse' | 'unconfirmed' | 'nothing' | 'running'
  /** The confirmed change, large: "−0.0271" and "± 0.0008"; null where there is none. */
  number: [string, string] | null
  /** Instead of the number. */
  words: string | null
  /** What the answer rests on: a sentence. */
  basis: string
  /** What would make it an answer. */
  command: string | null
}

export function answer(v: View): Answer {
  const { metric } = v.session
  const confirmed = v.digest?.confirmed ?? null
  if (confirmed) return confirmedAnswer(v, confirmed)
  const none = { number: null, command: null }
  if (v.running)
    return {
      ...none,
      kind: 'running',
      words: 'Still running',
      basis: `${soFar(v)} Nothing is confirmed before the night is over.`,
    }
  if (v.kept.length === 0) {
    const basis = `None of the ${several(v.experiments.length - 1, 'change')} tried beat the baseline's ${metric.name}.`
    return { ...none, kind: 'nothing', words: 'Nothing kept', basis }
  }
  const command = nextCommand(v)
  const basis = `${soFar(v)} It is the luckiest of all runs; baseline and best have not been run again on unused seeds.`
  return { kind: 'unconfirmed', number: null, words: 'Not yet confirmed', basis, command }
}

function confirmedAnswer(v: View, confirmed: Confirmed): Answer {
  const { metric } = v.session
  const number = parts(plusMinus(confirmed, metric))
  const how = `baseline and best trained again, ${several(confirmed.seeds, 'unused seed')} each`
  if (confirmed.verdict === 'better')
    return {
      kind: 'confirmed',
      number,
      words: null,
      basis: `Confirmed change in ${metric.name} with its 95% interval: ${how}.`,
      command: null,
    }
  if (confirmed.verdict === 'worse')
    return {
      kind: 'worse',
      number,
      words: null,
      basis: `Worse, not better: ${metric.name} with its 95% interval, ${how}.`,
      command: null,
    }
  const basis = `No gain could be confirmed: ${metric.name} changed by ${number.join(' ')}, which includes zero (${how}).`
  return { kind: 'undecided', number: null, words: 'No confirmed gain', basis, command: nextCommand(v) }
}

function soFar({ gain, baseline, best, session: { metric } }: View): string {
  if (gain === null || baseline === null || best === null) return 'Nothing has been measured.'
  return gain === 0
    ? 'Nothing is kept so far.'
    : `The records claim ${briefDelta(gain, metric, baseline)} in ${metric.name}.`
}

/** The claimed change; null when nothing was measured. */
export const claimedText = ({ gain, baseline, session }: View): string | null =>
  gain === null || baseline === null ? null : briefDelta(gain, session.metric, baseline)

export const holdoutText = ({ digest, session }: View): string | null =>
  digest?.holdout ? plusMinus(digest.holdout, session.metric) : null

/** "−0.0271 ± 0.0008" as the number and its interval, which are set in two sizes. */
function parts(text: string): [string, string] {
  const [number = text, ...rest] = text.split(' ')
  return [number, rest.join(' ')]
}

/** Before there is a digest the night waits for its report, which says the rest. */
const nextCommand = ({ digest, id }: View): string => `npx ${digest?.next ?? `pnpm report ${id}`}`
