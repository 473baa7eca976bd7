/**
 * The report's source as the template writes it: Markdown whose numbers are references. The same facts give the same
 * text. Text by others comes in only through the parts.
 */
import { figuresOf } from '../figureNames.ts'
import type { Section } from '../nodes.ts'
import { partsOf, type ReportInput } from './parts.ts'

/** Titles of the sections that an agent may write; the others are computed. */
const open = {
  kept: 'What was kept',
  failed: 'What did not work',
  others: 'In other sessions',
  next: 'What to try next',
}
export const openSections: readonly string[] = Object.values(open)

/** Titles of the sections that renderings collapse: what a reader looks up, after what everybody should read. */
const folded = {
  pruned: 'Taken out before confirm',
  ablation: 'Taken out one at a time',
  confirmation: 'Reruns, head and final',
  warnings: 'Descriptions that contradict the diff',
  configuration: 'Final configuration',
  session: 'The session',
  disclosure: 'Disclosure',
  imported: 'How it was imported',
  knobs: 'Constants',
  themes: 'Themes',
  log: 'Full log',
}
export const foldedSections: ReadonlySet<string> = new Set(Object.values(folded))

/** A section; without blocks it is left out. */
type Part = [title: string, blocks: string[]]

export function template(input: ReportInput): string {
  const parts = partsOf(input)
  const sections: Part[] = [
    ['What was replicated', part(parts, 'replicated')],
    ['What was kept is not known', part(parts, 'unknown')],
    ['What was inherited', part(parts, 'inherited')],
    [open.kept, kept(parts)],
    [open.failed, hasFailed(parts) ? failed(parts) : []],
    [open.others, [...part(parts, 'replicatedBy'), ...table(parts, 'replication')]],
    ['What is not proven', part(parts, 'unproven')],
    [open.next, next(parts)],
    ['One patch, and how to replicate', [...part(parts, 'replicate'), ...part(parts, 'patch')]],
    [folded.pruned, part(parts, 'pruned')],
    [folded.ablation, part(parts, 'ablation')],
    [folded.confirmation, part(parts, 'confirmation')],
    [folded.warnings, table(parts, 'warnings')],
    [folded.configuration, table(parts, 'configuration')],
    [folded.session, part(parts, 'session')],
    [folded.disclosure, part(parts, 'disclosure')],
    [folded.imported, part(parts, 'imported')],
    [folded.knobs, table(parts, 'knobs')],
    [folded.themes, input.digest.themes.length > 1 ? table(parts, 'themes') : []],
    [folded.log, table(parts, 'log')],
  ]
  const figure = figuresOf(input).has('frontier') ? ['::figure{frontier}'] : []
  const blocks = ['::part{title}', '::part{answer}', ...figure, ...sections.flatMap(written)]
  return `${blocks.join('\n\n')}\n`
}

const written = ([title, blocks]: Part): string[] => (blocks.length === 0 ? [] : [`## ${title}`, ...blocks])

const part = (parts: Map<string, Section>, name: string): string[] => (parts.has(name) ? [`::part{${name}}`] : [])
const table = (parts: Map<string, Section>, name: string): string[] => (parts.has(name) ? [`::table{${name}}`] : [])

const hasFailed = (parts: Map<string, Section>): boolean => parts.has('deadEnds') || parts.has('causes')

/** With the shapes of the optima where there is no section on what did not work, which otherwise has them. */
const kept = (parts: Map<string, Section>): string[] => [
  ...table(parts, 'kept'),
  ...(hasFailed(parts) ? [] : part(parts, 'optima')),
  ...part(parts, 'why'),
]

const failed = (parts: Map<string, Section>): string[] => [
  ...table(parts, 'deadEnds'),
  ...part(parts, 'causes'),
  ...table(parts, 'failures'),
  ...part(parts, 'optima'),
]

/** Untried values and the next command; then discards within noise. */
const next = (parts: Map<string, Section>): string[] => [
  ...part(parts, 'untried'),
  ...part(parts, 'next'),
  ...table(parts, 'near'),
  ...part(parts, 'combinations'),
]
