/**
 * Fills in the references of a report's source. The result is plain Markdown whose only directives are figures, which
 * each rendering draws. Raw HTML, links and images of the source become text, so a report links only where we put
 * links.
 */

import type { BlockContent, Heading, Nodes, PhrasingContent, Root, RootContent } from 'mdast'
import type { LeafDirective } from 'mdast-util-directive'
import { command } from '../lib/command.ts'
import { Failure } from '../lib/errors.ts'
import { experimentName } from '../record/files/paths.ts'
import { parser } from './check/check.ts'
import { isPlain, type Reference } from './check/flatten.ts'
import { named } from './check/reference.ts'
import type { Fact } from './facts/fact.ts'
import { phrasing } from './nodes.ts'
import { fold } from './render/fold.ts'

export interface References {
  facts: ReadonlyMap<string, Pick<Fact, 'text'>>
  /** Content of `::table{…}` and `::part{…}`, by name. */
  tables: ReadonlyMap<string, RootContent[]>
  figures: ReadonlySet<string>
  experiments: ReadonlySet<number>
  knobs: ReadonlySet<string>
  /** Titles of sections that renderings collapse. */
  folded?: ReadonlySet<string>
  /** Address of an experiment's page, or null if it has none. */
  href?: (experiment: number) => string | null
}

/** @throws {Failure} naming the unknown reference and its line */
export function resolve(source: string, references: References): Root {
  const tree = parser.parse(source) as Root
  return { type: 'root', children: tree.children.flatMap(node => block(node, references)) }
}

/** Name of the figure that a node of a resolved tree stands for; null for other nodes. */
export const figureOf = (node: RootContent): string | null =>
  node.type === 'leafDirective' && node.name === 'figure' ? named(node) : null

function block(node: RootContent, references: References): RootContent[] {
  switch (node.type) {
    case 'leafDirective':
      return leaf(node, references)
    case 'containerDirective':
      throw unknownReference(node, `:::${node.name}`, 'containers (:::)')
    case 'html':
      return [{ type: 'paragraph', children: phrasing(node.value) }]
    case 'definition':
    case 'footnoteDefinition':
    case 'yaml':
      return []
    case 'code':
      // GitHub draws some languages: diagrams, maps, formulas.
      return [{ ...node, lang: null, meta: null }]
    case 'listItem':
      // Without a task's box.
      return [{ ...node, checked: null, children: blocks(node.children, references) }]
    case 'blockquote':
    case 'list':
    case 'table':
    case 'tableRow':
      return [{ ...node, children: blocks(node.children, references) }] as RootContent[]
    case 'heading':
      return [withFold({ ...node, children: node.children.flatMap(child => phrase(child, references)) }, references)]
    case 'paragraph':
    case 'tableCell':
      return [{ ...node, children: node.children.flatMap(child => phrase(child, references)) }]
    default:
      return [node]
  }
}

const blocks = (children: Nodes[], references: References): BlockContent[] =>
  children.flatMap(child => block(child as RootContent, references)) as BlockContent[]

function withFold(heading: Heading, { folded }: References): Heading {
  const title = heading.children.map(child => ('value' in child ? child.value : '')).join('')
  return heading.depth === 2 && folded?.has(title) ? fold(heading, title) : heading
}

function leaf(node: LeafDirective, { tables, figures }: References): RootContent[] {
  const name = named(node)
  if (node.name === 'table' || node.name === 'part') {
    const found = tables.get(name)
    if (found === undefined) throw unknownReference(node, name, [...tables.keys()].join(', ') || 'none')
    return found
  }
  if (node.name !== 'figure') throw unknownReference(node, `::${node.name}`, 'table, part and figure')
  if (!figures.has(name)) throw unknownReference(node, name, [...figures].join(', ') || 'none')
  return [{ type: 'leafDirective', name: 'figure', attributes: { id: name }, children: [] }]
}

function phrase(node: PhrasingContent, references: References): PhrasingContent[] {
  switch (node.type) {
    case 'text':
      return phrasingWithSpaces(node.value)
    case 'textDirective':
      return reference(node, references)
    case 'emphasis':
    case 'strong':
    case 'delete':
      return [{ ...node, children: node.children.flatMap(child => phrase(child, references)) }]
    case 'link':
    case 'linkReference':
      return node.children.flatMap(child => phrase(child, references))
    case 'html':
      return phrasing(node.value)
    case 'image':
    case 'imageReference':
      return phrasing(node.alt ?? '')
    case 'footnoteReference':
      return []
    default:
      return [node]
  }
}

function reference(node: Reference & { type: 'textDirective' }, references: References): PhrasingContent[] {
  if (isPlain(node)) return phrasingWithSpaces(`:${node.name}`)
  const name = named(node)
  if (node.name === 'fact') {
    const fact = references.facts.get(name)
    if (fact === undefined) throw unknownReference(node, name, 'the ids in facts.md')
    return phrasing(fact.text)
  }
  if (node.name === 'exp') {
    const number = /^\d{1,6}$/.test(name) ? Number(name) : Number.NaN
    if (!references.experiments.has(number)) throw unknownReference(node, name, 'the experiments of this session')
    const text: PhrasingContent = { type: 'text', value: experimentName(number) }
    const url = references.href?.(number) ?? null
    return url === null ? [text] : [{ type: 'link', url, children: [text] }]
  }
  if (node.name === 'knob') {
    if (!references.knobs.has(name)) throw unknownReference(node, name, [...references.knobs].join(', ') || 'none')
    return [{ type: 'inlineCode', value: name }]
  }
  throw unknownReference(node, `:${node.name}`, 'fact, exp and knob')
}

/** Like `phrasing`, but keeps a space at either end, which separates the text from its neighbours. */
function phrasingWithSpaces(text: string): PhrasingContent[] {
  const [, before = '', middle = '', after = ''] = /^(\s*)(.*?)(\s*)$/s.exec(text) ?? []
  const space = (value: string): PhrasingContent[] => (value === '' ? [] : [{ type: 'text', value: ' ' }])
  return middle === '' ? space(before + after) : [...space(before), ...phrasing(middle), ...space(after)]
}

const unknownReference = (node: RootContent, name: string, there: string): Failure =>
  new Failure(
    `Line ${node.position?.start.line ?? '?'} of the report's source refers to “${name}”, which does not exist.`,
    `It may refer to: ${there.slice(0, 400)}. \`${command('report')}\` rewrites the source.`,
  )
