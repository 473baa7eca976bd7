/** A report's source in its sections, and an agent's words put into those that are open to it. Pure. */
import type { Root } from 'mdast'
import { parser } from '../check/check.ts'
import { named } from '../check/reference.ts'

export interface Section {
  /** Text of its heading; null before the first one. */
  title: string | null
  /** Source, its heading left out. */
  body: string
  /** Line of the body's beginning in the whole source, from 1. */
  line: number
  /** Source of the heading; "" before the first. */
  heading: string
}

/** Cut at headings of the second level and above that stand at the top level; the title belongs to what is before. */
export function sectionsOf(source: string): Section[] {
  const tree = parser.parse(source) as Root
  const found = tree.children.filter(
    (node, i) => node.type === 'heading' && node.depth <= 2 && !(i === 0 && node.depth === 1),
  )
  const starts = found.map(node => ({
    at: node.position?.start.offset ?? 0,
    end: node.position?.end.offset ?? 0,
    lines: node.position?.end.line ?? 1,
  }))
  const first = { title: null, heading: '', body: source.slice(0, starts[0]?.at ?? source.length), line: 1 }
  const rest = starts.map(({ at, end, lines }, i) => {
    const heading = source.slice(at, end)
    const title = heading.replace(/^#+\s*|\s*#*\s*$/g, '').trim()
    return { title, heading, body: source.slice(end, starts[i + 1]?.at ?? source.length), line: lines }
  })
  return [first, ...rest]
}

/** Sections as one source, each set off by an empty line. */
export const join = (sections: Pick<Section, 'heading' | 'body'>[]): string =>
  `${sections
    .flatMap(({ heading, body }) => [heading, body.replace(/^\s*\n|\s+$/g, '')])
    .filter(text => text !== '')
    .join('\n\n')}\n`

/** Figures, tables and the like that stand on lines of their own: their source. */
export function leaves(source: string): string[] {
  const tree = parser.parse(source) as Root
  return tree.children.flatMap(node =>
    node.type === 'leafDirective' ? [source.slice(node.position?.start.offset, node.position?.end.offset)] : [],
  )
}

/** "table kept", however it is written; a part is a table by another name. */
export function nameOf(leaf: string): string {
  const [node] = (parser.parse(leaf) as Root).children
  return node?.type === 'leafDirective' ? `${node.name === 'part' ? 'table' : node.name} ${named(node)}` : leaf
}

/** Whether two texts differ in more than white space. */
export const same = (a: string, b: string): boolean => a.replace(/\s+/g, ' ').trim() === b.replace(/\s+/g, ' ').trim()
