/** Lists files of a folder that others may have filled: with links, pipes, folders without rights, or a million entries. */
import type { Dirent } from 'node:fs'
import { lstat, opendir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { slashes } from '../paths.ts'

/** Entries that are looked at for each file wanted. */
const ENTRIES_PER_FILE = 100

/**
 * Paths of the regular files below a folder, relative to it, with forward slashes, in order of their names. Links, what
 * cannot be listed and names that are not UTF-8 are left out.
 * @param most files
 */
export async function listFiles(folder: string, most: number): Promise<string[]> {
  const found: string[] = []
  const folders = (await isFolder(folder)) ? [folder] : []
  let entriesLeft = ENTRIES_PER_FILE * most
  for (let next = folders.shift(); next !== undefined && entriesLeft > 0; next = folders.shift()) {
    const entries = await listEntries(next, entriesLeft)
    entriesLeft -= entries.length
    for (const entry of entries) {
      const path = join(next, entry.name)
      if (entry.name.includes('\ufffd')) continue
      if (entry.isDirectory()) folders.push(path)
      else if (entry.isFile()) found.push(slashes(relative(folder, path)))
    }
  }
  return found.sort().slice(0, most)
}

/** Whether a path is a folder, and no link to one. */
export const isFolder = (path: string): Promise<boolean> =>
  lstat(path).then(
    stats => stats.isDirectory(),
    () => false,
  )

/** The entries of a folder, at most so many; empty where it cannot be listed. */
export async function listEntries(folder: string, most: number): Promise<Dirent[]> {
  const entries: Dirent[] = []
  try {
    for await (const entry of await opendir(folder)) {
      entries.push(entry)
      if (entries.length >= most) break
    }
  } catch {
    // Without the right to list it, it has no files that can be read.
  }
  return entries
}
