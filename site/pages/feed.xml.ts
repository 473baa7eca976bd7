/** The reports' opening paragraphs as a feed: the newest sessions that have a report and a date. */
import { getCollection } from 'astro:content'
import type { APIRoute } from 'astro'
import type { Digest } from '../../scripts/analysis/schema.ts'
import { headline } from '../../scripts/report/headline.ts'
import { treeHtml } from '../../scripts/report/render/html.ts'
import { notebook } from '../data/collection.ts'
import { atom, type FeedEntry } from '../data/feed.ts'
import { parseReport, reportLead } from '../data/session/report.ts'
import { newestFirst, type View } from '../data/view.ts'
import { hrefs } from '../data/words.ts'

/** Feed readers poll daily, so older entries are already known. */
const MAX_ENTRIES = 40

export const GET: APIRoute = async ({ site }) => {
  const { views } = notebook(await getCollection('sessions'))
  const entries = await Promise.all(newestFirst(views).filter(isReported).slice(0, MAX_ENTRIES).map(entryOf))
  return new Response(atom('Nightshift', entries, site))
}

type ReportedView = View & { report: string; digest: Digest }

const isReported = (v: View): v is ReportedView =>
  v.report !== null && v.digest !== null && (v.session.endedAt ?? v.session.startedAt) !== null

async function entryOf({ id, session, result, report }: ReportedView): Promise<FeedEntry> {
  const updated = session.endedAt ?? session.startedAt ?? ''
  // Parses only the text before the first section: the tables after it take a tenth of a second.
  const html = await treeHtml(reportLead(parseReport(report.slice(0, /^## /m.exec(report)?.index))))
  return { id, title: headline(result, session), href: hrefs.session(id), published: session.startedAt, updated, html }
}
