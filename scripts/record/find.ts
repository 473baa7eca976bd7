/** Finds a session by its id, a part of it, or its path. */
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { command } from '../lib/command.ts'
import { Failure } from '../lib/errors.ts'
import { closest } from '../lib/suggest.ts'
import { sanitizeText } from '../lib/text.ts'
import { listSessions } from './files.ts'
import { sessionsWithTag } from './tags.ts'

/**
 * The id of a session in `root`.
 * @param name its id or the beginning of it, its tag, or a path of its folder, e.g. "sessions/2026-11-21-h200-abcd-nov21/"
 * @throws {Failure} when no session or several match; the advice names likely ones
 */
export async function findSession(name: string, root: string): Promise<string> {
  const id = basename(name)
  // A folder whose session.json is damaged or missing counts: its journal may be whole.
  if (id !== '' && id !== '.' && id !== '..' && existsSync(join(root, id))) return id
  const ids = await listSessions(root)
  const matching = id === '' ? [] : await matchingSessions(id, ids, root)
  if (matching.length === 1) return matching[0] ?? id
  const said = sanitizeText(name)
  throw matching.length > 1
    ? new Failure(`${said} may be any of ${matching.length} sessions.`, `Name one of ${listed(matching)}.`)
    : new Failure(`There is no session ${said}.`, suggestion(id, ids, root))
}

/** Those whose id begins so or whose tag it is; else those that may have the tag, for it cannot be read. */
async function matchingSessions(name: string, ids: string[], root: string): Promise<string[]> {
  const { have, mayHave } = await sessionsWithTag(name, root)
  const known = ids.filter(id => id.startsWith(name) || have.includes(id))
  return known.length > 0 ? known : ids.filter(id => mayHave.includes(id))
}

function suggestion(name: string, ids: string[], root: string): string {
  const near = closest(name, ids) ?? closest(name, ids.map(tagOf))
  return near === undefined ? existingSessions(ids, root) : `Did you mean ${sanitizeText(near)}?`
}

/** The tag in an id, after date and machine label: 2026-11-21-h200-abcd-nov21 → nov21. */
const tagOf = (id: string): string => /^\d{4}-\d\d-\d\d-.*?-[a-z0-9]{4}-(.+)$/.exec(id)?.[1] ?? id

/** Lists the existing sessions, for an error's advice. */
export const existingSessions = (ids: string[], root: string): string =>
  ids.length === 0
    ? `There is none in ${root}: make some with \`${command('session')}\`, or import others with \`${command('collect')}\`.`
    : `In ${root}: ${listed(ids)}.`

const MAX_LISTED = 20

const listed = (ids: string[]): string =>
  [
    ...ids.slice(0, MAX_LISTED).map(id => sanitizeText(id)),
    ...(ids.length > MAX_LISTED ? [`${ids.length - MAX_LISTED} more`] : []),
  ].join(', ')
