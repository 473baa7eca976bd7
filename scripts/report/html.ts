/** The report as HTML for the site: only what a report needs passes, whoever wrote the Markdown. */
import rehypeSanitize, { type Options } from 'rehype-sanitize'
import rehypeStringify from 'rehype-stringify'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import remarkRehype from 'remark-rehype'
import { unified } from 'unified'

/** No image, no id, no style, no raw HTML; links are relative or http(s). */
const allowed: Options = {
  tagNames: [
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'p', 'ul', 'ol', 'li', 'blockquote', 'hr', 'br', 'pre', 'code'],
    ...['table', 'thead', 'tbody', 'tr', 'th', 'td', 'em', 'strong', 'del', 'a'],
  ],
  attributes: { a: ['href'], th: ['align'], td: ['align'], ol: ['start'], code: [['className', /^language-[\w-]+$/]] },
  protocols: { href: ['http', 'https'] },
  ancestors: { li: ['ol', 'ul'], tr: ['table'], th: ['table'], td: ['table'], thead: ['table'], tbody: ['table'] },
  strip: ['script', 'style'],
}

const processor = unified()
  .use(remarkParse)
  .use(remarkGfm)
  .use(remarkRehype)
  .use(rehypeSanitize, allowed)
  .use(rehypeStringify)
  .freeze()

/** @param markdown report.md, or a section of it @returns a fragment of HTML */
export async function reportHtml(markdown: string): Promise<string> {
  return String(await processor.process(markdown))
}
