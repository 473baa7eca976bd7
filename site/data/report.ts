/** The report as sections of a page. What the page itself shows is left out: its opening and the full log. */
import remarkFrontmatter from 'remark-frontmatter'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import { experimentName } from '../../scripts/record/files.ts'
import type { Night } from './nights.ts'
import { plain } from './plain.ts'
import { hrefs } from './words.ts'

export interface Section {
  title: string
  markdown: string
}

/** The page leads with the answer, and its ledger is the full log that sorts and links. */
const shownByPage = /^(the )?(full log|log|ledger|answer|confirmed gain)\b/i

/** @param markdown report.md @returns its second-level sections in order */
export function reportSections(markdown: string): Section[] {
  const tree = parse(markdown)
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

/** What stands between the title and the first section: the answer in a paragraph. */
export function reportLead(markdown: string): string {
  const tree = parse(markdown)
  const first = tree.children.findIndex(node => node.type === 'heading' && node.depth === 2)
  const lead = tree.children.slice(0, first < 0 ? undefined : first).filter(n => n.type === 'paragraph')
  return lead.map(n => markdown.slice(n.position?.start.offset ?? 0, n.position?.end.offset ?? 0)).join('\n\n')
}

const parse = (markdown: string) => unified().use(remarkParse).use(remarkGfm).use(remarkFrontmatter).parse(markdown)

/**
 * A section for the page: tables scroll in themselves, and an experiment's number in a first place leads to its page.
 * Works on `reportHtml`'s output alone, in which no text can be mistaken for a tag.
 * @param pages number as written ("0042") → link
 */
export const enriched = (html: string, title: string, pages: Map<string, string>): string =>
  html
    .replaceAll('<table>', `<div class="scroll" tabindex="0" role="region" aria-label="${attribute(title)}"><table>`)
    .replaceAll('</table>', '</table></div>')
    .replace(/<(td|li)>(\d{4,})(?=<\/|\s)/g, (whole, tag: string, number: string) => {
      const href = pages.get(number)
      return href === undefined ? whole : `<${tag}><a href="${attribute(href)}">${number}</a>`
    })

/** For `enriched`: an experiment's number as written → its page. @param root the way to the notebook's root */
export const experimentLinks = ({ id, experiments }: Night, root: string): Map<string, string> =>
  new Map(experiments.map(e => [experimentName(e.number), `${root}${hrefs.experiment(id, e.number)}`]))

const attribute = (text: string): string => text.replace(/[&<>"']/g, letter => `&#${letter.charCodeAt(0)};`)
