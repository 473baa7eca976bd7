/** The nights as an Atom feed (RFC 4287). Links are relative to the feed where no one knows where the notebook will lie. */
import { escaped } from '../../scripts/lib/markup.ts'

export interface FeedEntry {
  /** Of the session: the same for ever. */
  id: string
  title: string
  /** Relative to the feed. */
  href: string
  /** ISO 8601. */
  published: string | null
  updated: string
  /** Sanitised. */
  html: string
}

/** @param entries newest first @param site the notebook's address, where it is known: with a slash at its end */
export function atom(title: string, entries: FeedEntry[], site?: URL): string {
  // Of a notebook without nights nothing was ever updated.
  const updated =
    entries
      .map(e => e.updated)
      .sort()
      .at(-1) ?? '1970-01-01T00:00:00Z'
  const link = (href: string) => xml(site ? new URL(href, site).href : href)
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"${site ? ` xml:base="${xml(site.href)}"` : ''}>
  <id>tag:nightshift.invalid,2026:nights</id>
  <title>${xml(title)}</title>
  <updated>${xml(updated)}</updated>
  <author><name>Nightshift</name></author>
  <link rel="self" type="application/atom+xml" href="${link('feed.xml')}"/>
  <link rel="alternate" type="text/html" href="${link('index.html')}"/>
${entries.map(e => entry(e, link(e.href))).join('')}</feed>
`
}

const entry = ({ id, title, published, updated, html }: FeedEntry, link: string): string => `  <entry>
    <id>tag:nightshift.invalid,2026:nights/${xml(encodeURIComponent(id))}</id>
    <title>${xml(title)}</title>
    <link rel="alternate" type="text/html" href="${link}"/>
${published === null ? '' : `    <published>${xml(published)}</published>\n`}    <updated>${xml(updated)}</updated>
    <content type="html">${xml(html)}</content>
  </entry>
`

/** Text for XML; letters that XML does not have are left out. */
const xml = (text: string): string =>
  escaped(text.toWellFormed().replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, ''))
