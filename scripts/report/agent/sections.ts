/** Splits a report's source into sections and joins them again. Pure. */
import type { Root } from 'mdast'
import { parser } from '../check/check.ts'
import { named } from '../check/reference.ts'

export interface Section {
  /** Heading text; null for the part before the first heading. */
  title: string | null
  /** Source without the heading. */
  body: string
  /** Line of the whole source at which the body begins, from 1. */
  line: number
  /** Source of the heading; "" before the first heading. */
  heading: string
}

/** Titles that earlier versions wrote, and their present ones: an agent's text under an old title is kept. */
const renamed = new Map([
  ['From earlier nights', 'In other sessions'],
  ['From earlier sessions', 'In other sessions'],
  ['The night', 'The session'],
  ['What worked, and the likely why', 'What was kept'],
])

/** Splits at top-level headings of level 1 and 2; a title in the first line belongs to the first section. */
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
    return {
      title: renamed.get(title) ?? title,
      heading,
      body: source.slice(end, starts[i + 1]?.at ?? source.length),
      line: lines,
    }
  })
  return [first, ...rest]
}

/** Joins sections into one source, separated by empty lines. */
export const join = (sections: Pick<Section, 'heading' | 'body'>[]): string =>
  `${sections
    .flatMap(({ heading, body }) => [heading, body.replace(/^\s*\n|\s+$/g, '')])
    .filter(text => text !== '')
    .join('\n\n')}\n`

/** Sources of the block directives (figures, tables, parts). */
export function leaves(source: string): string[] {
  const tree = parser.parse(source) as Root
  return tree.children.flatMap(node =>
    node.type === 'leafDirective' ? [source.slice(node.position?.start.offset, node.position?.end.offset)] : [],
  )
}

/** E.g. "table kept". A part counts as a table. */
export function nameOf(leaf: string): string {
  const [node] = (parser.parse(leaf) as Root).children
  return node?.type === 'leafDirective' ? `${node.name === 'part' ? 'table' : node.name} ${named(node)}` : leaf
}

/** Whether two texts are equal except for white space. */
export const same = (a: string, b: string): boolean => a.replace(/\s+/g, ' ').trim() === b.replace(/\s+/g, ' ').trim()
