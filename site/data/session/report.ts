/** The report as sections of a page, without what the page shows itself: opening, frontier and full log. */
import type { Nodes, Root, RootContent } from 'mdast'
import remarkFrontmatter from 'remark-frontmatter'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import type { Digest } from '../../../scripts/analysis/schema.ts'
import { Failure } from '../../../scripts/lib/errors.ts'
import { escapeHtml, type Markup, sanitizeLines } from '../../../scripts/lib/text.ts'
import { experimentName } from '../../../scripts/record/files/paths.ts'
import { resolved } from '../../../scripts/report/markdown.ts'
import { withChanges } from '../../../scripts/report/read.ts'
import { withoutFolds } from '../../../scripts/report/render/github.ts'
import type { SessionEntry } from '../sessions.ts'
import { hrefs } from '../words.ts'
import { subjectOfTitle, subjectsInSource, type TopicId } from './topics.ts'

export interface Section {
  title: string
  /** What it is about; null for a section that the page does not know, which an agent may have written. */
  topic: TopicId | null
  tree: Root
}

const parser = unified().use(remarkParse).use(remarkGfm).use(remarkFrontmatter).freeze()

/**
 * A session's report, from its source. Falls back to report.md where there is no source, or the source does not fit
 * the facts.
 * @param href URL of an experiment's page
 * @returns null without a report
 */
export async function reportTree(
  entry: SessionEntry,
  href: (experiment: number) => string | null,
): Promise<Root | null> {
  const { folder, session, experiments, digest, report, prose } = entry
  if (prose !== null && digest !== null) {
    try {
      return resolved(await withChanges(folder, session, experiments, digest), withReplications(prose, digest), href)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      process.stderr.write(`${entry.id}: ${error.message} Its report.md is shown as it is.\n`)
    }
  }
  return report === null ? null : parseReport(report)
}

/** A report's source of a time with other replications of its session, with their part where there are any now. */
function withReplications(source: string, { replicatedBy }: Digest): string {
  const part = '::part{replicatedBy}'
  const without = source.replaceAll(`${part}\n`, '')
  return replicatedBy.length === 0 ? without : `${without}\n\n## In other sessions\n\n${part}\n`
}

/**
 * The second-level sections of a report, in its order, without those that the page shows by itself.
 * @param tree of the report
 * @param source the report's source, which names the parts of each section; null where there is none
 */
export function reportSections({ children }: Root, source: string | null = null): Section[] {
  const subjects = source === null ? null : subjectsInSource(source)
  const heads = children.flatMap((node, i) => (node.type === 'heading' && node.depth === 2 ? [i] : []))
  return heads.flatMap((head, i): Section[] => {
    const inside = children.slice(head + 1, heads[i + 1]).flatMap(separateCommands)
    const title = sanitizeLines(textOf(children[head] as Nodes))
    const subject = subjects?.get(title) ?? subjectOfTitle(title)
    if (subject === 'replaced' || inside.length === 0) return []
    return [{ title, topic: subject, tree: { type: 'root', children: inside } }]
  })
}

/** A block of shell commands as one for each comment with its commands, so that each can be copied by itself. */
const separateCommands = (node: RootContent): RootContent[] =>
  node.type === 'code' && node.lang === 'sh'
    ? node.value.split(/\n+(?=#)(?<!^#.*\n+)/m).map(value => ({ ...node, value }))
    : [node]

const textOf = (node: Nodes): string =>
  'value' in node ? node.value : 'children' in node ? node.children.map(textOf).join('') : ''

/** The paragraphs between the title and the first section, without pictures. */
export function reportLead({ children }: Root): Root {
  const first = children.findIndex(node => node.type === 'heading' && node.depth === 2)
  const lead = children.slice(0, first < 0 ? undefined : first).filter(isText)
  return { type: 'root', children: lead }
}

const isText = (node: RootContent): boolean =>
  node.type === 'paragraph' && !node.children.some(({ type }) => type === 'image')

/** @param markdown text of report.md */
export const parseReport = (markdown: string): Root => withoutFolds(parser.parse(markdown))

/**
 * Adapts a section's HTML to the page: tables scroll, scripts/copy.ts finds the blocks of code, and numbers of experiments
 * become links. Accepts only `treeHtml`'s output, in which text cannot look like a tag.
 * @param pages number as written ("0042") → link
 */
export const enriched = (html: Markup, title: string, pages: Map<string, string>): Markup =>
  html
    .split(/(<pre>.*?<\/pre>|<code.*?<\/code>|<a .*?<\/a>|<[^>]*>)/s)
    .map((part, i, parts) => (i % 2 === 0 ? linked(part, parts[i - 1]?.startsWith('<td') === true, pages) : part))
    .join('')
    .replaceAll('<table>', `<div class="scroll" tabindex="0" role="group" aria-label="${escapeHtml(title)}"><table>`)
    .replaceAll('</table>', '</table></div>')
    .replaceAll('<pre>', '<div class="code"><pre>')
    .replaceAll('</pre>', '</pre></div>') as Markup

/**
 * Links the number that a text begins with, and further on those with a leading zero, which are no values; in a cell only
 * the first, as others may be of another session.
 */
const linked = (text: string, isCell: boolean, pages: Map<string, string>): string =>
  text.replace(/(?<=^|[\s(])\d{4,}(?=$|[\s),.;:])/g, (number, at: number) => {
    const href = at === 0 || (!isCell && number.startsWith('0')) ? pages.get(number) : undefined
    return href === undefined ? number : `<a href="${escapeHtml(href)}">${number}</a>`
  })

/**
 * Links for `enriched`: an experiment's number as written → its page.
 * @param root relative path to the notebook's root
 */
export const experimentLinks = ({ id, experiments }: SessionEntry, root: string): Map<string, string> =>
  new Map(experiments.map(e => [experimentName(e.number), `${root}${hrefs.experiment(id, e.number)}`]))
