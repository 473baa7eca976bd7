/**
 * A report's tree as Markdown that Starlight, MkDocs and other generators of sites read alike: tables, fenced code, lists
 * and images, without HTML. Nothing is folded, because each folds in its own way; a section has a heading, which their
 * tables of contents show. Pure.
 */
import type {
  BlockContent,
  Code,
  Image as ImageNode,
  InlineCode,
  Link,
  Parents,
  PhrasingContent,
  Root,
  RootContent,
  Text,
} from 'mdast'
import remarkGfm from 'remark-gfm'
import remarkStringify from 'remark-stringify'
import { unified } from 'unified'
import { sanitizeLines, sanitizeText } from '../../lib/text.ts'
import { heading, paragraph } from '../../report/nodes.ts'
import { type Fold, grouped, isFold } from '../../report/render/fold.ts'
import { figureOf } from '../../report/resolve.ts'
import { escapeAll, escapeText, fitsCode } from './escape.ts'

/** A figure's file, relative to the page, and what it shows in words. */
export interface Image {
  path: string
  alternative: string
}

/** @param images of the tree's figures, by name; a figure without one is left out */
export function portable(tree: Root, images: ReadonlyMap<string, Image>): string {
  const block = (node: RootContent): RootContent[] => {
    const name = figureOf(node)
    if (name !== null) return imageOf(images.get(name))
    return plainBlock(node, true)
  }
  const children = grouped(tree.children).flatMap(group =>
    isFold(group) ? [titleOf(group), ...group.children.flatMap(block)] : block(group),
  )
  return writers[children.some(isNested) ? 'tab' : 'one'].stringify({ type: 'root', children })
}

const titleOf = ({ summary, isSection }: Fold): RootContent =>
  isSection ? heading(2, summary) : paragraph(`${summary}:`)

const imageOf = (image: Image | undefined): RootContent[] =>
  image ? [{ type: 'paragraph', children: [{ type: 'image', url: image.path, alt: image.alternative }] }] : []

/** @param listItemIndent four columns for a list within a list: Python-Markdown takes less for the list around */
const writer = (listItemIndent: 'one' | 'tab') =>
  unified()
    .use(remarkGfm, { tablePipeAlign: false })
    .use(remarkStringify, {
      bullet: '-',
      rule: '-',
      listItemIndent,
      handlers: {
        text: (node: Text, parent?: Parents) => escapeText(node.value, parent?.children[0] === node),
        inlineCode: ({ value }: InlineCode) => codeText(value),
        image: ({ url, alt }: ImageNode) => `![${escapeText(alt ?? '')}](${url})`,
        link: ({ url, children }: Link) => `[${escapeText(plainText(children))}](${url})`,
        code: ({ lang, value }: Code) => fenced(lang ?? null, value),
      },
    })
    .freeze()
const writers = { one: writer('one'), tab: writer('tab') }

const isNested = (node: RootContent): boolean =>
  node.type === 'list' ? node.children.some(item => item.children.length > 1) : node.type === 'blockquote'

/** Between backticks as far as those can hold it; the characters between are text. */
const codeText = (value: string): string =>
  sanitizeText(value, Number.MAX_SAFE_INTEGER)
    .split(/(\s*[<>&{}|\\`]+\s*)/)
    .map(piece => (fitsCode(piece) ? `\`${piece}\`` : escapeText(piece)))
    .join('')

const languages = new Set(['sh', 'diff', 'python', 'text', 'json', 'yaml', 'toml'])

/** An include of another file in MkDocs, which it looks for in code, too. */
const include = /-8<-/

function fenced(lang: string | null, value: string): string {
  const text = sanitizeLines(value)
  if (include.test(text)) return `<pre><code>${escapeAll(text)}</code></pre>`
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${lang !== null && languages.has(lang) ? lang : ''}\n${text}\n${fence}`
}

/** Without what only some generators know: a deleted text, HTML, a task's box; code within lists and quotes. */
function plainBlock(node: RootContent, isTop: boolean): RootContent[] {
  switch (node.type) {
    case 'code':
      // Python-Markdown knows fences at the top level only and would read what they hold as markup.
      return isTop
        ? [node]
        : node.value.split('\n').map(line => ({ type: 'paragraph', children: [{ type: 'text', value: line }] }))
    case 'paragraph':
    case 'heading':
      return [{ ...node, children: node.children.flatMap(plainPhrasing) }]
    case 'blockquote':
      return [{ ...node, children: nested(node.children) }]
    case 'list':
      return [
        {
          ...node,
          children: node.children.map(item => ({ ...item, checked: null, children: nested(item.children) })),
        },
      ]
    case 'table':
      return [
        {
          ...node,
          children: node.children.map(row => ({
            ...row,
            children: row.children.map(cell => ({ ...cell, children: cell.children.flatMap(plainPhrasing) })),
          })),
        },
      ]
    case 'thematicBreak':
      return [node]
    case 'html':
      return [{ type: 'paragraph', children: [{ type: 'text', value: node.value }] }]
    default:
      return []
  }
}

const nested = (children: RootContent[]): BlockContent[] =>
  children.flatMap(child => plainBlock(child, false)) as BlockContent[]

function plainPhrasing(node: PhrasingContent): PhrasingContent[] {
  switch (node.type) {
    case 'text':
    case 'inlineCode':
      return [node]
    case 'emphasis':
    case 'strong':
      return [{ ...node, children: node.children.flatMap(plainPhrasing) }]
    case 'delete':
      return node.children.flatMap(plainPhrasing)
    case 'break':
      return [{ type: 'text', value: ' ' }]
    case 'link':
      return linked.test(node.url) ? [node] : node.children.flatMap(plainPhrasing)
    case 'html':
      return [{ type: 'text', value: node.value }]
    default:
      return []
  }
}

/** Addresses of ours: pages of the same folder, and the published notebook. */
const linked = /^(?:https?:\/\/)?[\w.-][\w./%#~-]*$/

const plainText = (children: PhrasingContent[]): string =>
  children.map(node => ('value' in node ? node.value : 'children' in node ? plainText(node.children) : '')).join('')
