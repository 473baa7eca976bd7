/** Messages of an adopted branch's commits. Descriptions are an agent's text: one line, inert, without keys and paths. Pure. */

import { rerunsEach } from '../../analysis/confirm/seeds.ts'
import { pRealText } from '../../analysis/labels.ts'
import { briefDelta, plusMinus } from '../../analysis/numbers.ts'
import type { Digest, Kept } from '../../analysis/schema.ts'
import { verdictWords } from '../../analysis/statusWords.ts'
import { experimentName } from '../../lib/format.ts'
import { capital, plural, sanitizeText } from '../../lib/text.ts'
import type { Experiment } from '../../record/schema.ts'
import { inertMessage } from '../pullRequest/branch/message.ts'

/** What git shows of a subject in its lists. */
const SUBJECT_LENGTH = 72

/** What the messages are made from. */
export interface MessageFacts {
  id: string
  digest: Digest
  /** Number of adopted changes where together they are the code that confirm ran; else null. */
  together: number | null
}

/** The message of one change. */
export function changeMessage(experiment: Experiment, facts: MessageFacts): string {
  const description = oneLine(experiment.description)
  const subject = subjectOf(description, experiment.number)
  const whole = subject.endsWith('…') ? [wrapped(capital(description))] : []
  const kept = facts.digest.kept.find(k => k.experiment === experiment.number)
  const from = `Experiment ${experimentName(experiment.number)} of the session ${facts.id}.`
  return inert([subject, ...whole, wrapped(evidence(kept, facts.digest).join(' ')), ...confirmed(facts), wrapped(from)])
}

/** The message of all changes as one commit. @param title null: made from what they change */
export function squashMessage(experiments: Experiment[], facts: MessageFacts, title: string | null): string {
  const { digest, id } = facts
  const [only] = experiments
  if (title === null && only && experiments.length === 1) return changeMessage(only, facts)
  const subject = title ?? inert([`Adopt ${plural(experiments.length, 'change')} for ${digest.metric.name}`])
  const lines = experiments.map(experiment => {
    const kept = digest.kept.find(k => k.experiment === experiment.number)
    const found = evidence(kept, digest).join(' ')
    return wrapped(
      `- ${capital(oneLine(experiment.description))} (${experimentName(experiment.number)}). ${found}`,
      '  ',
    )
  })
  const body = [...confirmed(facts), lines.join('\n'), wrapped(`Changes of the session ${id}.`)]
  // A title is the user's own text, which may well close an issue.
  return `${subject}\n\n${inert(body)}`
}

/** What confirm measured of all of them; nothing where it did not. */
function confirmed({ digest, together }: MessageFacts): string[] {
  const { confirmed, metric, seeds } = digest
  if (confirmed === null || together === null) return []
  const all =
    together === 1 ? 'In runs that selected nothing' : `All ${together} changes together, in runs that selected nothing`
  const gain = `${metric.name} ${plusMinus(confirmed, metric)} (95% interval, ${rerunsEach(seeds, confirmed.seeds)})`
  return [wrapped(`${all}: ${gain}: ${verdictWords[confirmed.verdict]}.`)]
}

/** Gain with what it rests on, and how far it is proven. */
function evidence(kept: Kept | undefined, { metric, seeds }: Digest): string[] {
  if (kept === undefined) return ['It has no value of its own.']
  const { gain, label, labelReason, pReal, ablation } = kept
  const chance = pReal === null || labelReason.includes('P(real)') ? '' : `, P(real) ${pRealText(pReal)}`
  const alone =
    ablation === null
      ? []
      : [
          `Against the session's final without it: ${metric.name} ${plusMinus(ablation, metric)} (95% interval, ${rerunsEach(seeds, ablation.seeds)}).`,
        ]
  return [
    `When it was kept: ${metric.name} ${briefDelta(gain, metric, kept.metric)} against the code before it, selected among the session's experiments.`,
    ...alone,
    `Evidence: ${label}${chance}. ${labelReason}`,
  ]
}

/** "RATE to 0.08" → "Set RATE to 0.08", "halve the batch" → "Halve the batch" */
function subjectOf(description: string, number: number): string {
  // git would join such a commit with another one in `rebase --autosquash`, and take a line with # for a comment.
  const plain = description.replace(/^(?:(?:fixup|squash|amend)!|#|\s)+/i, '').replace(/[\s.]+$/, '')
  if (plain === '') return `Adopt experiment ${experimentName(number)}`
  const [, name, from, to] = /^([A-Z][A-Z0-9_]+) ([^,→]+?) (?:→|->) ([^,→]+)$/.exec(plain) ?? []
  if (name !== undefined) return cut(`Change ${name} from ${from} to ${to}`)
  if (/^[A-Z][A-Z0-9_]+ to /.test(plain)) return cut(`Set ${plain}`)
  if (/^[A-Z][A-Z0-9_]+ .* to /.test(plain) || /^[A-Z][A-Z0-9_]+ .*(?:→|->)/.test(plain)) return cut(`Change ${plain}`)
  return cut(capital(plain))
}

/** On one line, without what a tool would read as a trailer, e.g. a sign-off, wherever the line is broken. */
const oneLine = (text: string): string =>
  sanitizeText(text, 500)
    .replace(/\s+/g, ' ')
    .replace(/\b([A-Za-z]+(?:-[A-Za-z]+)+|BREAKING CHANGE)\s*:/gi, '$1')
    .trim()

const cut = (text: string): string =>
  text.length <= SUBJECT_LENGTH ? text : `${text.slice(0, SUBJECT_LENGTH - 1).replace(/\s+\S*$/, '')}…`

/** Lines of at most 72 characters, where words allow. @param indent of the lines after the first */
function wrapped(text: string, indent = ''): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line.trim() !== '' && line.length + 1 + word.length > SUBJECT_LENGTH) {
      lines.push(line)
      line = `${indent}${word}`
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].join('\n')
}

const inert = (paragraphs: string[]): string => inertMessage(paragraphs.join('\n\n'), false)
