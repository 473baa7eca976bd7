/** The text of a block as pieces with source offsets, so that findings can be located and cut. */
import type { Nodes, Parents, PhrasingContent } from 'mdast'
import type { LeafDirective, TextDirective } from 'mdast-util-directive'

export interface Piece {
  kind: 'text' | 'code' | 'reference' | 'html' | 'link' | 'image'
  /** As a reader sees it; for a reference, the directive's name. */
  text: string
  /** Offsets in the source. */
  start: number
  end: number
  /** Inside emphasis or a link, where the source cannot be cut without breaking the markup. */
  nested: boolean
  node: Nodes
}

export type Reference = LeafDirective | TextDirective

/** The pieces of a paragraph, heading or cell, in order. */
export function flatten(block: Parents): Piece[] {
  return (block.children as PhrasingContent[]).flatMap(child => pieces(child, false))
}

function pieces(node: PhrasingContent, nested: boolean): Piece[] {
  const place = { ...placeOf(node), nested, node }
  switch (node.type) {
    case 'text':
      return [{ kind: 'text', text: node.value, ...place }]
    case 'inlineCode':
      return [{ kind: 'code', text: node.value, ...place }]
    case 'break':
      return [{ kind: 'text', text: ' ', ...place }]
    case 'html':
      return [{ kind: 'html', text: node.value, ...place }]
    case 'image':
    case 'imageReference':
      return [{ kind: 'image', text: node.alt ?? '', ...place }]
    case 'link':
      return [{ kind: 'link', text: node.url, ...place }, ...node.children.flatMap(child => pieces(child, true))]
    case 'linkReference':
    case 'footnoteReference':
      return [{ kind: 'link', text: node.identifier, ...place }]
    case 'textDirective':
      return isPlain(node)
        ? [{ kind: 'text', text: `:${node.name}`, ...place }]
        : [{ kind: 'reference', text: node.name, ...place }]
    case 'emphasis':
    case 'strong':
    case 'delete':
      return node.children.flatMap(child => pieces(child, true))
    default:
      return []
  }
}

/** Whether a directive has neither label nor attributes: "ratio 5:short" is text, not a reference. */
export const isPlain = (node: TextDirective): boolean =>
  node.children.length === 0 && Object.keys(node.attributes ?? {}).length === 0

export const placeOf = (node: Nodes): { start: number; end: number } => ({
  start: node.position?.start.offset ?? 0,
  end: node.position?.end.offset ?? 0,
})
