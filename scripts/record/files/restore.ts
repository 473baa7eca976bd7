/**
 * Makes the places of a session's records writable again. A run has the user's rights: it may put a pipe, a link, a folder
 * or a file anywhere in its session's folder, also where a later experiment has its records.
 */
import { chmod, lstat, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAtomic } from '../../lib/files/disk.ts'
import { freePath } from '../../lib/files/remove.ts'
import { files } from './paths.ts'

/** What was wrong with a folder; null: nothing. */
export type Wrong = 'removed' | 'replaced' | 'without rights' | null

/** Makes a path a folder with all rights for this user; what else is there is removed. @returns what was wrong with it */
export async function restoreFolder(path: string): Promise<Wrong> {
  const stats = await lstat(path).catch(() => null)
  if (stats?.isDirectory()) {
    if ((stats.mode & 0o700) === 0o700) return null
    await chmod(path, 0o755)
    return 'without rights'
  }
  if (stats !== null) await freePath(path)
  await mkdir(path, { recursive: true })
  return stats === null ? 'removed' : 'replaced'
}

/** The folders that an experiment's records are in, the outermost first. */
export const experimentFolders = (session: string, experiment: number): string[] => [
  join(session, 'runs'),
  files.experiment(session, experiment),
]

/** Makes the folder of an experiment, and the one around it, unless they are there. */
export async function restoreExperimentFolder(session: string, experiment: number): Promise<void> {
  for (const path of experimentFolders(session, experiment)) await restoreFolder(path)
}

/** Writes a record atomically; a folder in its place, which a file cannot be renamed over, is removed. */
export async function writeRecord(path: string, text: string): Promise<void> {
  const stats = await lstat(path).catch(() => null)
  if (stats?.isDirectory()) await freePath(path)
  await writeAtomic(path, text)
}

/** Whether a path is a regular file that this user may read and write. */
export async function isWritableFile(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => null)
  if (stats === null) return false
  return stats.isFile() && (stats.mode & 0o600) === 0o600
}
