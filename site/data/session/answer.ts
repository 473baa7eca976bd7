/** What a night comes to, in one number or, as plainly, in the words that there is none. */
import { briefDelta, plusMinus } from '../../../scripts/analysis/numbers.ts'
import type { Confirmed } from '../../../scripts/stats/confirm.ts'
import type { View } from '../view.ts'
import { several } from '../words.ts'

export interface Answer {
  kind: 'confirmed' | 'undecided' | 'worse' | 'unconfirmed' | 'nothing' | 'running'
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
  /** Seconds that the command will take, by the night's own runs; null when not known. */
  seconds: number | null
}

export function answer(v: View): Answer {
  const { metric } = v.session
  const confirmed = v.digest?.confirmed ?? null
  if (confirmed) return confirmedAnswer(v, confirmed)
  const none = { number: null, holdout: null, command: null, seconds: null }
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
  const basis = `${soFar(v)} It is the luckiest of all runs; baseline and best have not been run again on unused seeds.`
  const open = { ...none, kind: 'unconfirmed' as const, words: 'Not yet confirmed' }
  // What was collected has neither branch nor machine here.
  if (v.session.source) return { ...open, basis: `${basis} The night was collected, so this notebook cannot run them.` }
  return { ...open, basis, ...nextStep(v) }
}

function confirmedAnswer(v: View, confirmed: Confirmed): Answer {
  const { metric } = v.session
  const number = parts(plusMinus(confirmed, metric))
  const holdout = v.digest?.holdout ? parts(plusMinus(v.digest.holdout, metric)) : null
  const how = `baseline and best trained again, ${several(confirmed.seeds, 'unused seed')} each`
  const found = { number, holdout, words: null, command: null, seconds: null }
  if (confirmed.verdict === 'better')
    return { ...found, kind: 'confirmed', basis: `Confirmed change in ${metric.name} with its 95% interval: ${how}.` }
  if (confirmed.verdict === 'worse')
    return { ...found, kind: 'worse', basis: `Worse, not better: ${metric.name} with its 95% interval, ${how}.` }
  const basis = `No gain could be confirmed: ${metric.name} changed by ${number.join(' ')}, which includes zero (${how}).`
  return { ...found, kind: 'undecided', number: null, words: 'No confirmed gain', basis, ...nextStep(v) }
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

/** "−0.0271 ± 0.0008" as the number and its interval, which are set in two sizes. */
function parts(text: string): [string, string] {
  const [number = text, ...rest] = text.split(' ')
  return [number, rest.join(' ')]
}

/** Before there is a digest the night waits for its report, which says the rest. */
function nextStep(v: View): { command: string; seconds: number | null } {
  const command = `npx ${v.digest?.next ?? `pnpm report ${v.id}`}`
  return { command, seconds: / pnpm confirm /.test(command) ? confirmSeconds(v, command) : null }
}

/** Runs of baseline and best, as many as the command asks for, one after the other; each as long as this night's usual. */
function confirmSeconds({ session, experiments }: View, command: string): number | null {
  const asked = Number(/ --seeds (\d+)/.exec(command)?.[1] ?? session.contract.seeds ?? 3)
  const lengths = experiments
    .flatMap(e => e.runs.filter(r => r.outcome === 'ok').map(r => r.seconds))
    .sort((a, b) => a - b)
  const usual = lengths[Math.floor(lengths.length / 2)]
  return usual === undefined || !(asked > 0) ? null : 2 * asked * usual
}
