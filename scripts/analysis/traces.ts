/** How traces of runs are worded on the terminal, in reports and on pages. Pure. */
import { z } from 'zod'
import { experimentName } from '../lib/format.ts'
import { named, plural, sanitizeText } from '../lib/text.ts'
import type { Trace } from '../record/traces.ts'

export const traceFactSchema = z.object({
  experiments: z.array(z.number().int().nonnegative()),
  sentence: z.string(),
  /** How to undo it; "" where there is nothing to undo. */
  advice: z.string(),
  /** Whether the user's next command may run what was put there. */
  runs: z.boolean(),
})
export type TraceFact = z.infer<typeof traceFactSchema>

/** What may run is first. */
export const traceFacts = (traces: Trace[]): TraceFact[] =>
  [...traces]
    .sort((a, b) => Number(b.runs) - Number(a.runs))
    .map(trace => ({
      experiments: trace.experiments,
      sentence: traceSentence(trace),
      advice: traceAdvice(trace),
      runs: trace.runs,
    }))

/** Sentence and advice. */
export const traceText = ({ sentence, advice }: Pick<TraceFact, 'sentence' | 'advice'>): string =>
  advice === '' ? sentence : `${sentence} ${advice}`

/** e.g. ".git/config changed while the run of 0012 ran: core.fsmonitor." It does not say that the run did it. */
export function traceSentence({ kind, what, how, names, more, experiments }: Trace): string {
  const shown = names.map(name => sanitizeText(name, 80))
  const list = more > 0 ? `${shown.join(', ')} and ${more} more` : named(shown, shown.length)
  const was = how === 'changed' ? 'changed' : `was ${how}`
  if (kind === 'checkout') {
    const count = names.length + more
    return `${plural(count, 'file')} of your checkout changed ${meanwhile(experiments)}: ${list}.`
  }
  return `${sanitizeText(what, 200)} ${was} ${meanwhile(experiments)}${names.length > 0 ? `: ${list}` : ''}.`
}

function meanwhile(experiments: number[]): string {
  const [one] = experiments
  if (one === undefined) return 'while no run was under way'
  if (experiments.length === 1) return `while the run of ${experimentName(one)} ran`
  return `while the runs of ${named(experiments.map(experimentName), 4)} ran`
}

/** What the user may do about it. */
export function traceAdvice({ kind, what, how, names, runs }: Trace): string {
  if (kind === 'checkout') return ''
  if (kind === 'python')
    return runs
      ? 'Python runs it at each start: look at it, and make the environment anew if it is not yours.'
      : 'If you did not install it, make the environment anew.'
  if (kind === 'ref') {
    if (what.startsWith('refs/replace/'))
      return how === 'removed'
        ? ''
        : `Git shows another object in its place: \`git replace -d ${objectOf(what)}\` undoes it.`
    return how === 'changed' || how === 'removed' ? 'If that was not you, put it back.' : ''
  }
  if (!runs) return 'If that was not you, put it back.'
  if (names.length === 0)
    return 'Git may run it at your next command: look at it first, and remove it if it is not yours.'
  return `Git may run what it names at your next command: look at the file before that, and take out what is not yours.`
}

const objectOf = (ref: string): string => sanitizeText(ref.slice('refs/replace/'.length), 64)
