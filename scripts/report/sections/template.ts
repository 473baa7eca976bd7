/**
 * The report's source as the template writes it: Markdown whose numbers are references. The same facts give the same
 * text. Text by others comes in only through the parts.
 */

import type { Fact } from '../facts/fact.ts'
import { facts } from '../facts/facts.ts'
import { figuresOf } from '../figureNames.ts'
import { mainChanges } from '../mainChanges.ts'
import type { Section } from '../nodes.ts'
import { partsOf, type ReportInput } from './parts.ts'

/** Titles of the sections that an agent may write; the others are computed. */
const open = {
  worked: 'What worked, and the likely why',
  failed: 'What did not work',
  earlier: 'From earlier sessions',
  next: 'What to try next',
}
export const openSections: readonly string[] = Object.values(open)

interface Material {
  input: ReportInput
  parts: Map<string, Section>
  facts: Map<string, Fact>
}

/** A section; without blocks it is left out. */
type Part = [title: string, blocks: string[]]

export function template(input: ReportInput): string {
  const material = { input, parts: partsOf(input), facts: facts(input.digest) }
  const { parts } = material
  const sections: Part[] = [
    ['The changes that made most of it', part(parts, 'patch')],
    ['What was kept is not known', part(parts, 'unknown')],
    ['What is not proven', part(parts, 'unproven')],
    ['Taken out before confirm', part(parts, 'pruned')],
    ['How to replicate', part(parts, 'replicate')],
    ['Disclosure', part(parts, 'disclosure')],
    ['The frontier', figuresOf(input).has('frontier') ? ['::figure{frontier}'] : []],
    [open.worked, worked(material)],
    ['Taken out one at a time', part(parts, 'ablation')],
    [open.failed, failed(material)],
    ['Constants', knobs(material)],
    ['Themes', parts.has('themes') && input.digest.themes.length > 1 ? ['::table{themes}'] : []],
    [open.earlier, earlier(material)],
    ['Descriptions that do not fit', warnings(material)],
    ['The session', part(parts, 'session')],
    [open.next, next(material)],
    ['Final configuration', table(parts, 'configuration')],
    ['Full log', table(parts, 'log')],
  ]
  const blocks = ['::part{title}', '::part{answer}', ...sections.flatMap(written)]
  return `${blocks.join('\n\n')}\n`
}

const written = ([title, blocks]: Part): string[] => (blocks.length === 0 ? [] : [`## ${title}`, ...blocks])

const part = (parts: Map<string, Section>, name: string): string[] => (parts.has(name) ? [`::part{${name}}`] : [])
const table = (parts: Map<string, Section>, name: string): string[] => (parts.has(name) ? [`::table{${name}}`] : [])

function worked({ input: { digest }, parts, facts }: Material): string[] {
  if (!parts.has('kept')) return []
  const few = mainChanges(digest)
  const top = [...few].sort((a, b) => b.gain - a.gain)[0]
  const gain = top && facts.has(`kept.${top.experiment}.gain`) ? ` (:fact[kept.${top.experiment}.gain])` : ''
  const largest = top && digest.kept.length > 1 ? `The largest step was :exp[${top.experiment}]${gain}.` : ''
  const hasUnproven =
    facts.has('kept.unproven') && digest.kept.some(k => k.label === 'unproven') && digest.kept.length > 1
  const doubtful = hasUnproven ? 'Unproven by what was measured: :fact[kept.unproven].' : ''
  const open = digest.kept.some(k => k.label === 'too few runs') && facts.has('kept.too-few-runs')
  const tooFew = open ? 'With too few runs to judge them by themselves: :fact[kept.too-few-runs].' : ''
  return [...sentences(largest, doubtful, tooFew), '::table{kept}', ...part(parts, 'why')]
}

function failed({ input: { digest }, parts }: Material): string[] {
  return [
    ...table(parts, 'deadEnds'),
    ...(parts.has('failures')
      ? [digest.collected ? 'These have no value that counts:' : 'These were never measured:', '::table{failures}']
      : []),
    ...part(parts, 'causes'),
  ]
}

function knobs({ parts }: Material): string[] {
  if (!parts.has('knobs')) return []
  return ['What the diffs moved, and where the best value lies among those that were tried.', '::table{knobs}']
}

function earlier({ parts }: Material): string[] {
  if (!parts.has('replication')) return []
  return [
    'What other sessions of this notebook found for the same trees, changes and constants; descriptions are not compared.',
    '::table{replication}',
  ]
}

function warnings({ parts }: Material): string[] {
  if (!parts.has('doubts')) return []
  return [
    'A description is the word of whoever proposed. In these a number does not fit the diff or the run.',
    '::table{doubts}',
  ]
}

/** Untried values of constants, then near misses, then the next command. */
function next({ input: { digest }, parts, facts }: Material): string[] {
  const steps = digest.knobs
    .filter(k => k.untried !== null && plain.test(k.name) && plain.test(k.id) && facts.has(`knob.${k.id}.untried`))
    .slice(0, MAX_STEPS)
    .map(k => `- :knob[${k.name}] at :fact[knob.${k.id}.untried]: :fact[knob.${k.id}.shape].`)
  return [
    ...(steps.length > 0 ? [steps.join('\n')] : []),
    ...(digest.knobs.length > 0 && digest.withoutDiff.experiments.length > 0 ? [WITHOUT_DIFF] : []),
    ...(parts.has('combinations') ? ['Near misses that touch different lines:', '::part{combinations}'] : []),
    ...(parts.has('near') ? ['What came closest to being kept, and may be worth another run:', '::table{near}'] : []),
    ...(parts.has('next') ? ['The command to go on with:', '::part{next}'] : []),
  ]
}

const MAX_STEPS = 8

const WITHOUT_DIFF =
  'No diff is recorded of the discards. What they tried is read from their descriptions, and no value is suggested that one of them may have tried.'

/** Names that Markdown leaves as they are: no underscore that could start or end emphasis. */
const plain = /^(?=[A-Za-z])(?:[A-Za-z\d]|(?<=[A-Za-z\d])[_.-](?=[A-Za-z\d]))+$/

const sentences = (...all: string[]): string[] => {
  const shown = all.filter(sentence => sentence !== '')
  return shown.length === 0 ? [] : [shown.join(' ')]
}
