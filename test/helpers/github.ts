/**
 * What GitHub makes of Markdown: HTML by its own renderer and by remark-gfm, which knows tasks and footnotes, too; then the
 * references that GitHub reads in the texts of that HTML.
 */
import { createRequire } from 'node:module'
import { JSDOM } from 'jsdom'
import rehypeStringify from 'rehype-stringify'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import remarkRehype from 'remark-rehype'
import { unified } from 'unified'

const cmark = loadCmark()

/** The package ends the process on any unhandled error; its listeners go, so that tests report these. */
function loadCmark(): { convert(markdown: string, options: object): string } {
  const events = ['uncaughtException', 'unhandledRejection'] as const
  const before = events.map(event => process.rawListeners(event))
  const loaded = createRequire(import.meta.url)('cmark-gfm-js')
  for (const [i, event] of events.entries())
    for (const listener of process.rawListeners(event))
      if (!before[i]?.includes(listener)) process.removeListener(event, listener as () => void)
  return loaded
}

const remark = unified()
  .use(remarkParse)
  .use(remarkGfm)
  .use(remarkRehype, { allowDangerousHtml: true })
  .use(rehypeStringify, { allowDangerousHtml: true })
  .freeze()

const renderers = {
  'cmark-gfm': (markdown: string) => cmark.convert(markdown, {}),
  'remark-gfm': (markdown: string) => String(remark.processSync(markdown)),
}

/** Elements that our own Markdown makes. */
const ours =
  'html head body p h1 h2 h3 h4 h5 h6 ul ol li table thead tbody tr th td pre code strong em del blockquote hr br details summary b'
    .split(' ')
    .map(name => name.toUpperCase())

/** What GitHub reads in a text outside of code and links. More than it reads in truth, never less. */
const references: [what: string, pattern: RegExp][] = [
  ['mention', /(?<!\w)@[a-z0-9]/i],
  ['issue', /#\d|(?<!\w)GH-\d/i],
  ['commit', /(?<!\w|\d\.)[0-9a-f]{7,40}(?!\w|\.\d)/i],
  ['advisory', /(?<!\w)(?:GHSA|CVE)-\d/i],
  ['address', /https?:\/\/|ftp:\/\/|www\./i],
  ['emoji', /(?<!\d):[a-z0-9_+-]+:/i],
  ['alert', /^\s*\[!/],
]

/** A formula begins and ends with a $ at a character that is no space, and no digit follows; or it is `$` around code. */
const formula = /\$\S(?:[^$]*\S)?\$(?!\d)|\$\u0000|\u0000\$/

/**
 * All that a reader would see as more than text and code: "cmark-gfm: mention in “thanks @octocat”".
 * @param sites beginnings of addresses that may be linked and shown
 */
export function activeParts(markdown: string, sites: string[] = []): string[] {
  return Object.entries(renderers).flatMap(([renderer, render]) =>
    activeIn(render(markdown), sites).map(found => `${renderer}: ${found}`),
  )
}

function activeIn(html: string, sites: string[]): string[] {
  const { document, NodeFilter, Node } = new JSDOM(html).window
  const found: string[] = []
  const isOwn = (address: string | null) => sites.some(site => address?.startsWith(site))
  for (const element of document.querySelectorAll('*')) {
    const { tagName } = element
    if (tagName === 'A' && isOwn(element.getAttribute('href'))) continue
    if (tagName === 'IMG' && isOwn(element.getAttribute('src'))) continue
    if (!ours.includes(tagName)) found.push(`<${tagName.toLowerCase()}> in “${element.parentElement?.textContent}”`)
    const language = tagName === 'CODE' ? (/language-(\w+)/.exec(element.className)?.[1] ?? 'text') : 'text'
    if (!['text', 'sh', 'diff', 'mermaid'].includes(language)) found.push(`drawing in ${language}`)
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_COMMENT)
  while (texts.nextNode()) {
    const node = texts.currentNode
    if (node.nodeType === Node.COMMENT_NODE && !/^ nightshift: /.test(node.textContent ?? ''))
      found.push(`comment “${node.textContent}”`)
    if (node.nodeType !== Node.TEXT_NODE || node.parentElement?.closest('code, pre, a')) continue
    for (const [what, pattern] of references)
      if (pattern.test(node.textContent ?? '')) found.push(`${what} in “${node.textContent}”`)
  }
  for (const block of document.querySelectorAll('p, td, th, li, h1, h2, h3, summary')) {
    const copy = block.cloneNode(true) as Element
    for (const code of copy.querySelectorAll('code')) code.replaceWith('\u0000')
    if (formula.test(copy.textContent ?? '')) found.push(`formula in “${block.textContent}”`)
  }
  return found
}

/** The texts that a reader sees, white space collapsed. */
export const shownText = (markdown: string): string =>
  (new JSDOM(renderers['cmark-gfm'](markdown)).window.document.body.textContent ?? '').replace(/\s+/g, ' ')
