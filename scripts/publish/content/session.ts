/** The post on one session: its report, whole. */
import type { Heading, Paragraph, RootContent } from 'mdast'
import { sanitizeText } from '../../lib/text.ts'
import { publicAddress, sessionAddress } from '../../report/address.ts'
import { authorshipSentences } from '../../report/agent/disclose.ts'
import { currentProse } from '../../report/agent/prose.ts'
import { headline } from '../../report/headline.ts'
import { readReportInput } from '../../report/input.ts'
import { figuresFor, resolved } from '../../report/markdown.ts'
import { withFigures } from '../../report/render/github.ts'
import type { ReportInput } from '../../report/sections/parts.ts'
import { template } from '../../report/sections/template.ts'
import { failOnKeys, keysInSession } from '../../share/scan.ts'
import { type Cleaner, type Draft, titleOf } from './draft.ts'
import { logsSection } from './logs.ts'

export interface PostedReport {
  input: ReportInput
  /** Markdown with references, of which `resolved` makes the report. */
  source: string
}

/**
 * The report as report.md has it, an agent's prose included, but computed anew from the records: they may have changed since.
 * @throws {Failure} if a file that it is made from holds a key, or cannot be read
 */
export async function readPostedReport(folder: string, clean: Cleaner): Promise<PostedReport> {
  const input = await readReportInput(folder, clean.record)
  failOnKeys(await keysInSession(folder, input.experiments))
  const prose = await currentProse(folder, input, template(input), { kind: 'previous' })
  const written = clean.record(authorshipSentences(prose.writing))
  return { input: { ...input, written }, source: clean.text(prose.source) }
}

/** The title goes to the post's own. @throws {Failure} as `readPostedReport` */
export async function sessionDraft(folder: string, clean: Cleaner, withLogs: boolean): Promise<Draft> {
  const { input, source } = await readPostedReport(folder, clean)
  const site = publicAddress()
  const blocks = reportBlocks(input, source, site)
  const logs = withLogs ? logsSection(folder, input.experiments, clean.text) : []
  return {
    title: titleOf(headline(input.digest, input.session)),
    blocks: [...withPage(blocks, site, input.session.id), ...logs],
  }
}

/** The report without its title. @param site public address of the pages; null: they are not published */
export function reportBlocks(input: ReportInput, source: string, site: string | null): RootContent[] {
  const tree = resolved(input, source)
  const [first, ...rest] = withFigures(tree, figuresFor(tree, input, { site }))
  return first && !isTitle(first) ? [first, ...rest] : rest
}

const isTitle = (node: RootContent): node is Heading => node.type === 'heading' && node.depth === 1

/** With a link to the session's page below the answer, where the pages are published. */
export function withPage([answer, ...rest]: RootContent[], site: string | null, id: string): RootContent[] {
  if (answer === undefined || site === null) return [...(answer ? [answer] : []), ...rest]
  const url = sessionAddress(site, id)
  const link: Paragraph = {
    type: 'paragraph',
    children: [{ type: 'link', url, children: [{ type: 'text', value: `The session’s page: ${sanitizeText(id)}` }] }],
  }
  return [answer, link, ...rest]
}
