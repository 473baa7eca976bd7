/** The report as sections of a page. What the page itself shows, better, is left out: the opening and the full log. */
import remarkFrontmatter from 'remark-frontmatter'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import { plain } from './plain.ts'

export interface Section {
  title: string
  markdown: string
}

/** The page leads with the answer, and its ledger is the full log that sorts and links. */
const shownByPage = /^(the )?(full log|log|ledger|answer|confirmed gain)\b/i

/** @param markdown report.md @returns its second-level sections in order */
export function reportSections(markdown: string): Section[] {
  const tree = unified().use(remarkParse).use(remarkGfm).use(remarkFrontmatter).parse(markdown)
  const heads = tree.children.filter(node => node.type === 'heading' && node.depth === 2)
  return heads
    .map((head, i): Section => {
      const [from, to] = [head.position?.end.offset ?? 0, heads[i + 1]?.position?.start.offset ?? markdown.length]
      const title = markdown.slice(head.position?.start.offset ?? 0, from)
      return {
        title: plain(title.replace(/^#+\s*/, '').replace(/[\\`*_]/g, '')),
        markdown: markdown.slice(from, to).trim(),
      }
    })
    .filter(({ title, markdown: text }) => !shownByPage.test(title) && text !== '')
}
