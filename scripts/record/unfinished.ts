/** Which sessions are not over: still running, killed, or stopped by hand. */

import { join } from 'node:path'
import { command } from '../lib/command.ts'
import { Failure, warn } from '../lib/errors.ts'
import { sessionsRoot } from '../lib/paths.ts'
import { files } from './files.ts'
import { readJournalIfThere } from './journal.ts'

/** Whether a stop of this kind ends a session for good, unless it gets new stop rules. */
export const isOver = (kind: string): boolean => !['interrupted', 'machine', 'agent', 'failed'].includes(kind)

type Progress = { id: string; isUnfinished: boolean; damage: Failure | null }

/**
 * Of these session ids, those that have not finished, in the given order. A session whose journal cannot be read is left
 * out with a warning.
 */
export async function unfinishedSessions(ids: string[]): Promise<string[]> {
  const read = await Promise.all(ids.map(readProgress))
  for (const { damage } of read) if (damage) warn(damage)
  return read.filter(({ isUnfinished }) => isUnfinished).map(({ id }) => id)
}

/**
 * The last unfinished of these session ids, which are in order of age; null when there is none.
 * @throws {Failure} when a later session's journal cannot be read, since that session may be the one that is meant
 */
export async function newestUnfinished(ids: string[]): Promise<string | null> {
  const read = await Promise.all(ids.map(readProgress))
  const newest = read.findLastIndex(({ isUnfinished }) => isUnfinished)
  const other = read[newest]?.id ?? null
  const damage = read.slice(newest + 1).findLast(({ damage }) => damage !== null)?.damage
  if (damage) {
    const further = other === null ? '' : ` To resume another session: \`${command(`session resume ${other}`)}\`.`
    throw new Failure(damage.message, `${damage.advice}${further}`, { cause: damage })
  }
  for (const { damage } of read) if (damage) warn(damage)
  return other
}

async function readProgress(id: string): Promise<Progress> {
  try {
    const events = (await readJournalIfThere(files.journal(join(sessionsRoot, id)))) ?? []
    const last = events.findLast(event => event.event === 'stopped' || event.event === 'resumed')
    const isOverNow = last?.event === 'stopped' && isOver(last.kind)
    return { id, isUnfinished: events.length > 0 && !isOverNow, damage: null }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { id, isUnfinished: false, damage: error }
  }
}
