/** The report as sanitised HTML: only the elements that a report needs. */
import type { Root } from 'mdast'
import rehypeSanitize, { type Options } from 'rehype-sanitize'
import rehypeStringify from 'rehype-stringify'
import remarkRehype from 'remark-rehype'
import { unified } from 'unified'
import type { Markup } from '../../lib/text.ts'
import { figureOf } from '../resolve.ts'

/** No image, no id, no style, no raw HTML; links are relative or http(s). */
const allowed: Options = {
  tagNames: [
    'h1',
    'h2',
    'h3',
    'h4',
    'h5',
    'h6',
    'p',
    'ul',
    'ol',
    'li',
    'blockquote',
    'hr',
    'br',
    'pre',
    'code',
    'table',
    'thead',
    'tbody',
    'tr',
    'th',
    'td',
    'em',
    'strong',
    'del',
    'a',
  ],
  attributes: { a: ['href'], th: ['align'], td: ['align'], ol: ['start'], code: [['className', /^language-[\w-]+$/]] },
  protocols: { href: ['http', 'https'] },
  ancestors: { li: ['ol', 'ul'], tr: ['table'], th: ['table'], td: ['table'], thead: ['table'], tbody: ['table'] },
  strip: ['script', 'style'],
}

const writer = unified().use(remarkRehype).use(rehypeSanitize, allowed).use(rehypeStringify).freeze()

/**
 * An HTML fragment.
 * @param tree a resolved or any Markdown tree
 * @param figures our own SVG or whole <figure> elements, by name, inserted unsanitised; figures without an entry are
 * left out
 */
export async function treeHtml(tree: Root, figures: ReadonlyMap<string, Markup> = new Map()): Promise<Markup> {
  const pieces: (string | Root['children'])[] = [[]]
  for (const node of tree.children) {
    const name = figureOf(node)
    const last = pieces.at(-1)
    if (name !== null) pieces.push(framed(figures.get(name) ?? ''), [])
    else if (typeof last === 'object') last.push(node)
  }
  const parts = await Promise.all(pieces.map(piece => (typeof piece === 'string' ? piece : htmlOf(piece))))
  return parts.filter(part => part !== '').join('\n') as Markup
}

const framed = (figure: Markup): string =>
  figure === '' || figure.startsWith('<figure') ? figure : `<figure>${figure.trim()}</figure>`

const htmlOf = async (children: Root['children']): Promise<string> =>
  writer.stringify(await writer.run({ type: 'root', children }))
