/** The reports' leads as a feed: the newest nights that have both a report and a date. */

import { getCollection } from 'astro:content'
import type { APIRoute } from 'astro'
import { headline } from '../../scripts/report/headline.ts'
import { treeHtml } from '../../scripts/report/html.ts'
import { notebook } from '../data/collection.ts'
import { atom, type FeedEntry } from '../data/feed.ts'
import { parseReport, reportLead } from '../data/report.ts'
import { newestFirst, type View } from '../data/view.ts'
import { hrefs } from '../data/words.ts'

/** A reader asks again each day; more than this it has seen. */
const most = 40

export const GET: APIRoute = async ({ site }) => {
  const { views } = notebook(await getCollection('nights'))
  const entries = await Promise.all(newestFirst(views).map(entryOf))
  const told = entries.filter(e => e !== null).slice(0, most)
  return new Response(atom('Nightshift', told, site))
}

async function entryOf({ id, session, digest, report }: View): Promise<FeedEntry | null> {
  const updated = session.endedAt ?? session.startedAt
  if (report === null || digest === null || updated === null) return null
  const html = await treeHtml(reportLead(parseReport(report)))
  return { id, title: headline(digest, session), href: hrefs.session(id), published: session.startedAt, updated, html }
}
