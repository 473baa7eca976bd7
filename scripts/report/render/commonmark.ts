/**
 * Plain CommonMark: no tables, no HTML; figures are image files beside the document. It cannot collapse anything, so what
 * others fold stands open, with its summary before it. Pure.
 */
import type { Root, RootContent, Table } from 'mdast'
import remarkStringify from 'remark-stringify'
import { unified } from 'unified'
import { heading, paragraph } from '../nodes.ts'
import { figureOf } from '../resolve.ts'
import { grouped, isFold } from './fold.ts'

export interface Picture {
  /** Relative to the document. */
  path: string
  /** Alternative text. */
  label: string
}

/** @param tree resolved @param pictures of its figures, by name */
export function commonmark(tree: Root, pictures: ReadonlyMap<string, Picture>): string {
  const block = (node: RootContent): RootContent[] => {
    const name = figureOf(node)
    if (name !== null) return picture(pictures.get(name))
    return node.type === 'table' ? [{ type: 'code', lang: 'text', value: aligned(node) }] : [plain(node)]
  }
  const children = grouped(tree.children).flatMap(group => {
    if (!isFold(group)) return block(group)
    const { summary, isSection, children } = group
    return [isSection ? heading(2, summary) : paragraph(`${summary}:`), ...children.flatMap(block)]
  })
  return writer.stringify({ type: 'root', children })
}

const writer = unified().use(remarkStringify, { bullet: '-', rule: '-', listItemIndent: 'one' }).freeze()

const picture = (found: Picture | undefined): RootContent[] =>
  found ? [{ type: 'paragraph', children: [{ type: 'image', url: found.path, alt: found.label }] }] : []

/** Replaces what CommonMark lacks: tables become text, strikethrough becomes plain. */
function plain<T extends RootContent>(node: T): T {
  if (!('children' in node)) return node
  const children = (node.children as RootContent[]).flatMap((child): RootContent[] => {
    if (child.type === 'table') return [{ type: 'code', lang: 'text', value: aligned(child) }]
    if (child.type === 'delete') return child.children.map(plain)
    return [plain(child)]
  })
  return { ...node, children, ...(node.type === 'listItem' ? { checked: null } : {}) } as T
}

/**
 * Columns wider than this are moved last and not padded, so that a long description does not push the others off the
 * screen.
 */
const MAX_ALIGNED_WIDTH = 36

/** A table as aligned text: header, rule, rows; numbers right-aligned. */
export function aligned({ align, children }: Table): string {
  const rows = children.map(row => row.children.map(cell => textOf(cell)))
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map(row => [...(row[i] ?? '')].length)))
  const order = widths.map((_, i) => i).sort((a, b) => Number(isWide(widths[a])) - Number(isWide(widths[b])) || a - b)
  const line = (row: string[]) =>
    order
      .map((i, at) => {
        const [text, width] = [
          row[i] ?? '',
          isWide(widths[i]) && at < order.length - 1 ? MAX_ALIGNED_WIDTH : (widths[i] ?? 0),
        ]
        if (at === order.length - 1) return text
        const pad = ' '.repeat(Math.max(0, width - [...text].length))
        return align?.[i] === 'right' ? pad + text : text + pad
      })
      .join('  ')
      .trimEnd()
  const [head = [], ...body] = rows
  const title = line(head)
  return [title, '─'.repeat([...title].length), ...body.map(line)].join('\n')
}

const isWide = (width: number | undefined): boolean => (width ?? 0) > MAX_ALIGNED_WIDTH

const textOf = (node: { children?: unknown; value?: unknown }): string =>
  typeof node.value === 'string'
    ? node.value
    : ((node.children as { value?: unknown }[] | undefined) ?? []).map(textOf).join('')
