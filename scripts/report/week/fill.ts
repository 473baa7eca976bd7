/** A source's references filled in: facts become text, names code, tables what they are. Pure. */
import type { Parents, PhrasingContent, Root, RootContent } from 'mdast'
import remarkGfm from 'remark-gfm'
import remarkStringify from 'remark-stringify'
import { unified } from 'unified'
import { parser } from '../check/check.ts'
import { isPlain } from '../check/flatten.ts'
import { named } from '../check/reference.ts'
import type { Fact } from '../facts.ts'
import { words } from '../nodes.ts'

/** GitHub Markdown. @throws {Error} a reference to nothing: the checker lets none through */
export function fill(source: string, facts: Map<string, Fact>, tables: Map<string, RootContent[]>): string {
  const tree = parser.parse(source) as Root
  return writer.stringify(filled(tree, facts, tables) as Root)
}

function filled<T extends Parents>(node: T, facts: Map<string, Fact>, tables: Map<string, RootContent[]>): T {
  const children = (node.children as RootContent[]).flatMap((child): RootContent[] => {
    if (child.type === 'leafDirective') return found(tables.get(named(child)), named(child))
    if (child.type === 'textDirective')
      return isPlain(child) ? [{ type: 'text', value: `:${child.name}` }] : phrase(named(child), child.name, facts)
    return 'children' in child ? [filled(child, facts, tables)] : [child]
  })
  return { ...node, children }
}

const phrase = (name: string, kind: string, facts: Map<string, Fact>): PhrasingContent[] =>
  kind === 'knob' ? [{ type: 'inlineCode', value: name }] : words(found(facts.get(name), name).text)

function found<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`a reference to ${name}, which is nothing`)
  return value
}

const writer = unified()
  .use(remarkGfm, { tablePipeAlign: false })
  .use(remarkStringify, { bullet: '-', rule: '-', listItemIndent: 'one' })
  .freeze()
