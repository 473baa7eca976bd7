/** The report as sanitised HTML: only the elements that a report needs, with folds and coloured patches. */
import type { Root, RootContent } from 'mdast'
import rehypeSanitize, { type Options } from 'rehype-sanitize'
import rehypeStringify from 'rehype-stringify'
import remarkRehype from 'remark-rehype'
import { unified } from 'unified'
import { type PatchLine, patchLines } from '../../lib/patchLines.ts'
import { escapeHtml, type Markup } from '../../lib/text.ts'
import { figureOf } from '../resolve.ts'
import { type Fold, grouped, isFold } from './fold.ts'

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
export const treeHtml = (tree: Root, figures: ReadonlyMap<string, Markup> = new Map()): Promise<Markup> =>
  groupsHtml(grouped(tree.children), figures)

async function groupsHtml(groups: (RootContent | Fold)[], figures: ReadonlyMap<string, Markup>): Promise<Markup> {
  const parts: string[] = []
  // Neighbours are written together, for one may refer to another.
  let plain: RootContent[] = []
  const endPlain = async () => {
    if (plain.length > 0) parts.push(await htmlOf(plain))
    plain = []
  }
  for (const group of groups) {
    const own = isFold(group) ? await foldHtml(group, figures) : ownHtml(group, figures)
    if (own === null) plain.push(group as RootContent)
    else {
      await endPlain()
      parts.push(own)
    }
  }
  await endPlain()
  return parts.filter(part => part !== '').join('\n') as Markup
}

const foldHtml = async ({ summary, children }: Fold, figures: ReadonlyMap<string, Markup>): Promise<string> =>
  `<details><summary>${escapeHtml(summary)}</summary>\n${await groupsHtml(children, figures)}\n</details>`

/** What is not left to the sanitised writer: figures, and patches, whose lines it cannot mark. Else null. */
function ownHtml(node: RootContent, figures: ReadonlyMap<string, Markup>): string | null {
  const name = figureOf(node)
  if (name !== null) return framed(figures.get(name) ?? ('' as Markup))
  return node.type === 'code' && node.lang === 'diff' ? patchHtml(node.value) : null
}

const framed = (figure: Markup): string =>
  figure === '' || figure.startsWith('<figure') ? figure : `<figure>${figure.trim()}</figure>`

const htmlOf = async (children: Root['children']): Promise<string> =>
  writer.stringify(await writer.run({ type: 'root', children }))

/** Added and removed lines are <ins> and <del>, which the style sheets colour. */
const patchHtml = (patch: string): string =>
  `<pre><code class="language-diff">${patchLines(patch).map(patchLine).join('\n')}\n</code></pre>`

function patchLine({ kind, text }: PatchLine): string {
  const escaped = escapeHtml(text)
  return kind === 'ins' || kind === 'del' ? `<${kind}>${escaped}</${kind}>` : escaped
}
