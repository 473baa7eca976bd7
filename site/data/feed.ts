/**
 * The sessions as an Atom feed (RFC 4287). Links are relative to the feed where the notebook's address is not known.
 */
import { escapeXml } from '../../scripts/lib/text.ts'

export interface FeedEntry {
  /** Id of the session; it never changes. */
  id: string
  title: string
  /** Relative to the feed. */
  href: string
  /** ISO 8601. */
  published: string | null
  updated: string
  /** Sanitized HTML. */
  html: string
}

/** @param entries newest first @param site the notebook's URL with a trailing slash, where it is known */
export function atom(title: string, entries: FeedEntry[], site?: URL): string {
  // Atom requires a date, also without any session.
  const updated =
    entries
      .map(e => e.updated)
      .sort()
      .at(-1) ?? '1970-01-01T00:00:00Z'
  const link = (href: string) => escapeXml(site ? new URL(href, site).href : href)
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"${site ? ` xml:base="${escapeXml(site.href)}"` : ''}>
  <id>tag:nightshift.invalid,2026:sessions</id>
  <title>${escapeXml(title)}</title>
  <updated>${escapeXml(updated)}</updated>
  <author><name>Nightshift</name></author>
  <link rel="self" type="application/atom+xml" href="${link('feed.xml')}"/>
  <link rel="alternate" type="text/html" href="${link('index.html')}"/>
${entries.map(e => entry(e, link(e.href))).join('')}</feed>
`
}

const entry = ({ id, title, published, updated, html }: FeedEntry, link: string): string => `  <entry>
    <id>tag:nightshift.invalid,2026:sessions/${escapeXml(encodeURIComponent(id))}</id>
    <title>${escapeXml(title)}</title>
    <link rel="alternate" type="text/html" href="${link}"/>
${published === null ? '' : `    <published>${escapeXml(published)}</published>\n`}    <updated>${escapeXml(updated)}</updated>
    <content type="html">${escapeXml(html)}</content>
  </entry>
`
