/** Which sessions are not over: still running, killed, or stopped by hand. */
import { join } from 'node:path'
import { sessionsRoot } from '../lib/paths.ts'
import { files } from './files.ts'
import { readJournal } from './journal.ts'

/** Whether a session that stopped for this reason has no more to do, unless it is given more. */
export const isOver = (kind: string): boolean => !['interrupted', 'machine', 'agent', 'failed'].includes(kind)

/** Of these session ids, those with a journal that does not end in a stop of their own accord; in the given order. */
export async function unfinished(ids: string[]): Promise<string[]> {
  const found: string[] = []
  for (const id of ids) {
    const events = await readJournal(files.journal(join(sessionsRoot, id))).catch(() => [])
    const last = events.findLast(event => event.event === 'stopped' || event.event === 'resumed')
    const over = last?.event === 'stopped' && isOver(last.kind)
    if (events.length > 0 && !over) found.push(id)
  }
  return found
}
