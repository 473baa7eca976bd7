/** Whether a process of this machine holds a session. */
import { basename, dirname, join } from 'node:path'
import { exists } from '../lib/files/read.ts'
import { workRoot } from '../lib/paths.ts'
import { lockOwner } from '../lib/process/lock.ts'

/** Whether a process of this machine holds the session, e.g. to write its report. */
export const isHeld = async (folder: string): Promise<boolean> =>
  (await lockOwner(join(workRoot, basename(folder), 'lock'))) !== null

/** Whether no process runs a session of this machine; false for other machines' sessions, whose lock is unknown. */
export async function hasNoHarness(folder: string): Promise<boolean> {
  const lock = join(workRoot, basename(folder), 'lock')
  return (await exists(dirname(lock))) && (await lockOwner(lock)) === null
}
