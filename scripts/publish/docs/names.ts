/** Names of a post's files. Generators of sites make addresses of them, so they hold what each leaves unchanged. Pure. */
import { createHash } from 'node:crypto'

/** Names that generators treat in their own way. */
const reserved = new Set(['index', 'readme', '404', 'figures'])
const plain = /^[a-z0-9][a-z0-9_-]{0,99}$/

/**
 * Name of a page, without extension: "2026-11-21-h100-abcd-nov21", "week-2026-w47". Different keys have different names, on
 * file systems that ignore case, too.
 */
export function pageName(key: string): string {
  const wanted = key.replace(/^session /, '')
  if (plain.test(wanted) && !reserved.has(wanted) && !prefix.test(wanted)) return wanted
  const week = /^week (\d{4})-W(\d{2})$/.exec(key)
  if (week) return `week-${week[1]}-w${week[2]}`
  const letters = wanted
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 80)
  return `${letters}-${createHash('sha256').update(key).digest('hex').slice(0, 8)}`.replace(/^-/, 'post-')
}

/** A session's id of these forms gets a hash, so that it is not taken for a week's page. */
const prefix = /^(?:week-\d{4}-w\d{2}|.*-[0-9a-f]{8})$/

export const pageFile = (name: string): string => `${name}.md`
export const figureFile = (name: string, figure: string): string => `figures/${name}-${figure}.svg`

/** Whether a path could be one of ours. A manifest may name anything. */
export const isOurs = (path: string): boolean =>
  /^(?:[a-z0-9][a-z0-9_-]{0,120}\.md|figures\/[a-z0-9][\w.-]{0,220}\.svg)$/.test(path)
