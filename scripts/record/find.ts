/** Finds a session by its id, a part of it, or its path. */
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { command } from '../lib/command.ts'
import { Failure } from '../lib/errors.ts'
import { closest } from '../lib/suggest.ts'
import { sanitizeText } from '../lib/text.ts'
import { listSessions, newestFirst } from './files/paths.ts'
import { sessionsWithTag } from './tags.ts'

/**
 * The id of a session in `root`.
 * @param name its id, with or without its date, or the beginning of it, its tag, or a path of its folder, e.g. "sessions/2026-11-21-h200-abcd-nov21/"
 * @throws {Failure} when no session or several match; the advice names the likely one and lists the sessions
 */
export async function findSession(name: string, root: string): Promise<string> {
  const id = basename(name)
  // A folder whose session.json is damaged or missing counts: its journal may be whole.
  if (id !== '' && id !== '.' && id !== '..' && existsSync(join(root, id))) return id
  const ids = await listSessions(root)
  const matching = id === '' ? [] : await matchingSessions(id, ids, root)
  if (matching.length === 1) return matching[0] ?? id
  const said = sanitizeText(name)
  if (matching.length > 1)
    throw new Failure(`${said} may be any of ${matching.length} sessions.`, await listed('Name one', matching, root))
  const near = closest(id, ids) ?? closest(id, ids.map(tagOf))
  const meant = near === undefined ? '' : `Did you mean ${sanitizeText(near)}?\n`
  throw new Failure(`There is no session ${said}.`, meant + (await existingSessions(ids, root)))
}

/**
 * Those whose id begins so or whose tag it is; else those whose id without its date begins so; else those that may have
 * the tag, for it cannot be read.
 */
async function matchingSessions(name: string, ids: string[], root: string): Promise<string[]> {
  const { have, mayHave } = await sessionsWithTag(name, root)
  const known = ids.filter(id => id.startsWith(name) || have.includes(id))
  if (known.length > 0) return known
  const undated = ids.filter(id => withoutDate(id).startsWith(name))
  return undated.length > 0 ? undated : ids.filter(id => mayHave.includes(id))
}

/** Machine and tag, which tell apart the sessions that a team's machines gave the same tag: "h200-abcd-nov21". */
const withoutDate = (id: string): string => id.replace(/^\d{4}-\d\d-\d\d-/, '')

/** The tag in an id, after date and machine label: 2026-11-21-h200-abcd-nov21 → nov21. */
const tagOf = (id: string): string => /^\d{4}-\d\d-\d\d-.*?-[a-z0-9]{4}-(.+)$/.exec(id)?.[1] ?? id

/** Lists the existing sessions, for an error's advice. */
export async function existingSessions(ids: string[], root: string): Promise<string> {
  if (ids.length > 0) return listed(`Sessions in ${root}`, ids, root)
  return `There is none in ${root}: make some with \`${command('session')}\`, or import others with \`${command('collect')}\`.`
}

const MAX_LISTED = 10

/** A line each, those that can be read first. */
async function listed(head: string, ids: string[], root: string): Promise<string> {
  const readable = await newestFirst(root, ids)
  const all = [...readable, ...ids.filter(id => !readable.includes(id))]
  const shown = all.slice(0, MAX_LISTED).map(id => `  ${sanitizeText(id)}`)
  const more = all.length > MAX_LISTED ? [`  and ${all.length - MAX_LISTED} more`] : []
  return [`${head}${all.length > 1 ? ', newest first' : ''}:`, ...shown, ...more].join('\n')
}
