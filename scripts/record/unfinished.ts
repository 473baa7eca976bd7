/** What is left to do in a session: runs, where it was killed, interrupted or stopped by a failure; or only its report. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { command } from '../lib/command.ts'
import { Failure, warn } from '../lib/errors.ts'
import { exists } from '../lib/files/read.ts'
import { sessionsRoot } from '../lib/paths.ts'
import { files } from './files/paths.ts'
import { type JournalEvent, readJournalIfThere } from './journal.ts'
import type { Experiment } from './schema.ts'

/** Whether a stop of this kind finishes a session, so that only new stop rules can resume it. */
export const isOver = (kind: string): boolean => !['interrupted', 'machine', 'agent', 'hook', 'failed'].includes(kind)

/**
 * `unreported`: over, and killed before its report was complete. `failed baseline`: it cannot go on, because a session
 * keeps the commit it started from.
 */
export type Progress = 'unfinished' | 'unreported' | 'failed baseline' | 'finished'

/**
 * Removes report.md, which no longer tells what the records say. It is the last file of a report that is written, so one
 * that is there is whole, and of the present records. Call it before a step after which only the report is left.
 */
export const withdrawReport = (folder: string): Promise<void> =>
  rm(files.report(folder), { force: true }).catch((error: NodeJS.ErrnoException) => {
    // A folder of that name is not ours. It makes the report fail, which does not end the session.
    if (error.code !== 'ERR_FS_EISDIR') throw error
  })

/** Whether a session that is over lacks its report. @param folder of the session */
export const lacksReport = async (folder: string): Promise<boolean> => !(await exists(files.report(folder)))

/** Whether the baseline, if this is it, gave no metric. */
export const isFailedBaseline = (experiment: Pick<Experiment, 'number' | 'status'> | undefined): boolean =>
  experiment?.number === 0 && experiment.status !== 'keep' && experiment.status !== 'aborted'

/** @throws {Failure} when the journal cannot be read; a session without one is finished */
export async function progressOf(id: string): Promise<Progress> {
  const folder = join(sessionsRoot, id)
  const events = (await readJournalIfThere(files.journal(folder))) ?? []
  if (events.length === 0) return 'finished'
  if (hasFailedBaseline(events)) return 'failed baseline'
  const last = events.findLast(event => event.event === 'stopped' || event.event === 'resumed')
  if (last?.event !== 'stopped' || !isOver(last.kind)) return 'unfinished'
  return (await lacksReport(folder)) ? 'unreported' : 'finished'
}

const hasFailedBaseline = (events: JournalEvent[]): boolean => {
  const last = events.findLast(event => event.event === 'judged' && event.experiment.number === 0)
  return last?.event === 'judged' && isFailedBaseline(last.experiment)
}

/**
 * The newest session that is unfinished or lacks its report; null when there is none.
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

type Read = { id: string; isUnfinished: boolean; damage: Failure | null }

async function readProgress(id: string): Promise<Read> {
  try {
    const progress = await progressOf(id)
    return { id, isUnfinished: progress === 'unfinished' || progress === 'unreported', damage: null }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { id, isUnfinished: false, damage: error }
  }
}
