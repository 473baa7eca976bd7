/** The reports' leads as a feed: the newest sessions that have both a report and a date. */

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

/** A reader asks again each day; more than this it has seen. */
const most = 40

export const GET: APIRoute = async ({ site }) => {
  const { views } = notebook(await getCollection('sessions'))
  const entries = await Promise.all(newestFirst(views).filter(isReported).slice(0, most).map(entryOf))
  return new Response(atom('Nightshift', entries, site))
}

type ReportedView = View & { report: string; digest: Digest }

const isReported = (v: View): v is ReportedView =>
  v.report !== null && v.digest !== null && (v.session.endedAt ?? v.session.startedAt) !== null

async function entryOf({ id, session, digest, report }: ReportedView): Promise<FeedEntry> {
  const updated = session.endedAt ?? session.startedAt ?? ''
  // The lead is what stands before the first section; the tables after it take a tenth of a second to parse.
  const html = await treeHtml(reportLead(parseReport(report.slice(0, /^## /m.exec(report)?.index))))
  return { id, title: headline(digest, session), href: hrefs.session(id), published: session.startedAt, updated, html }
}
