/**
 * The report's source without an agent: Markdown whose numbers are references, in the order that a reader wants. The
 * same facts give the same text. Nothing that anyone else wrote stands in it: that comes in with the parts.
 */

import type { Fact } from '../facts/fact.ts'
import { facts } from '../facts/facts.ts'
import { figuresOf } from '../figureNames.ts'
import { fewChanges } from '../mainChanges.ts'
import type { Section } from '../nodes.ts'
import { partsOf, type ReportInput } from './parts.ts'

/** Titles of the sections in which an agent may write; the others are computed. */
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

/** Blocks of a section; none leaves it out. */
type Part = [title: string, blocks: string[]]

export function template(input: ReportInput): string {
  const material = { input, parts: partsOf(input), facts: facts(input.digest) }
  const { parts } = material
  const sections: Part[] = [
    ['The changes that made most of it', part(parts, 'patch')],
    ['What is not proven', part(parts, 'unproven')],
    ['How to replicate', part(parts, 'replicate')],
    ['Disclosure', part(parts, 'disclosure')],
    ['The frontier', figuresOf(input).has('frontier') ? ['::figure{frontier}'] : []],
    [open.worked, worked(material)],
    ['Taken out one at a time', part(parts, 'ablation')],
    [open.failed, failed(material)],
    ['Constants', knobs(material)],
    ['Themes', parts.has('themes') && input.digest.themes.length > 1 ? ['::table{themes}'] : []],
    [open.earlier, earlier(material)],
    ['Descriptions that do not fit', doubts(material)],
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
  const few = fewChanges(digest)
  const top = [...few].sort((a, b) => b.gain - a.gain)[0]
  const gain = top && facts.has(`kept.${top.experiment}.gain`) ? ` (:fact[kept.${top.experiment}.gain])` : ''
  const largest = top && digest.kept.length > 1 ? `The largest step was :exp[${top.experiment}]${gain}.` : ''
  const few_ = facts.has('kept.unproven') && digest.kept.some(k => k.label === 'unproven') && digest.kept.length > 1
  const doubtful = few_ ? 'Unproven by what was measured: :fact[kept.unproven].' : ''
  return [...sentences(largest, doubtful), '::table{kept}', ...part(parts, 'why')]
}

function failed({ parts }: Material): string[] {
  return [
    ...table(parts, 'deadEnds'),
    ...(parts.has('failures') ? ['These were never measured:', '::table{failures}'] : []),
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

function doubts({ parts }: Material): string[] {
  if (!parts.has('doubts')) return []
  return [
    'A description is the word of whoever proposed. In these a number does not fit the diff or the run.',
    '::table{doubts}',
  ]
}

/** Constants whose best value lies at an edge, then what nearly worked, then the command. */
function next({ input: { digest }, parts, facts }: Material): string[] {
  const steps = digest.knobs
    .filter(k => k.untried !== null && plain.test(k.name) && plain.test(k.id) && facts.has(`knob.${k.id}.untried`))
    .slice(0, mostSteps)
    .map(k => `- :knob[${k.name}] at :fact[knob.${k.id}.untried]: :fact[knob.${k.id}.shape].`)
  return [
    ...(steps.length > 0 ? [steps.join('\n')] : []),
    ...(parts.has('combinations') ? ['Near misses that touch different lines:', '::part{combinations}'] : []),
    ...(parts.has('near') ? ['What came closest to being kept, and may be worth another seed:', '::table{near}'] : []),
    ...(parts.has('next') ? ['The command to go on with:', '::part{next}'] : []),
  ]
}

const mostSteps = 8

/** A name that Markdown reads as it stands: no underscore that could begin or end emphasis. */
const plain = /^(?=[A-Za-z])(?:[A-Za-z\d]|(?<=[A-Za-z\d])[_.-](?=[A-Za-z\d]))+$/

const sentences = (...all: string[]): string[] => {
  const said = all.filter(sentence => sentence !== '')
  return said.length === 0 ? [] : [said.join(' ')]
}
