/** Which sessions are not over: still running, killed, or stopped by hand. */

import { join } from 'node:path'
import { command } from '../lib/command.ts'
import { Failure, warn } from '../lib/errors.ts'
import { sessionsRoot } from '../lib/paths.ts'
import { files } from './files.ts'
import { readJournalIfThere } from './journal.ts'

/** Whether a session that stopped for this reason has no more to do, unless it is given more. */
export const isOver = (kind: string): boolean => !['interrupted', 'machine', 'agent', 'failed'].includes(kind)

type Reading = { id: string; isUnfinished: boolean; damage: Failure | null }

/**
 * Of these session ids, those with a journal that does not end in a stop of their own accord; in the given order. One
 * whose journal does not read is left out with a warning.
 */
export async function unfinished(ids: string[]): Promise<string[]> {
  const read = await Promise.all(ids.map(readEnd))
  for (const { damage } of read) if (damage) warn(damage)
  return read.filter(({ isUnfinished }) => isUnfinished).map(({ id }) => id)
}

/**
 * The last of these session ids, oldest first, that is unfinished; null when there is none.
 * @throws {Failure} when the journal of a later one does not read: it may be the one that is meant
 */
export async function newestUnfinished(ids: string[]): Promise<string | null> {
  const read = await Promise.all(ids.map(readEnd))
  const newest = read.findLastIndex(({ isUnfinished }) => isUnfinished)
  const other = read[newest]?.id ?? null
  const damage = read.slice(newest + 1).findLast(({ damage }) => damage !== null)?.damage
  if (damage) {
    const further = other === null ? '' : ` To go on with another session: \`${command(`session resume ${other}`)}\`.`
    throw new Failure(damage.message, `${damage.advice}${further}`, { cause: damage })
  }
  for (const { damage } of read) if (damage) warn(damage)
  return other
}

async function readEnd(id: string): Promise<Reading> {
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
