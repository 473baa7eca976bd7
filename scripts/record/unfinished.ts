/** Finds unfinished sessions: running, killed, interrupted or stopped by a failure. */
import { join } from 'node:path'
import { command } from '../lib/command.ts'
import { Failure, warn } from '../lib/errors.ts'
import { sessionsRoot } from '../lib/paths.ts'
import { files } from './files.ts'
import { readJournalIfThere } from './journal.ts'

/** Whether a stop of this kind finishes a session, so that only new stop rules can resume it. */
export const isOver = (kind: string): boolean => !['interrupted', 'machine', 'agent', 'failed'].includes(kind)

type Progress = { id: string; isUnfinished: boolean; damage: Failure | null }

/**
 * The unfinished sessions among these ids, in the given order. A session whose journal cannot be read is left out with
 * a warning.
 */
export async function unfinishedSessions(ids: string[]): Promise<string[]> {
  const read = await Promise.all(ids.map(readProgress))
  for (const { damage } of read) if (damage) warn(damage)
  return read.filter(({ isUnfinished }) => isUnfinished).map(({ id }) => id)
}

/**
 * The newest unfinished session; null when there is none.
 * @param ids session ids, oldest first
 * @throws {Failure} when a newer session's journal cannot be read, since that session may be unfinished too
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
