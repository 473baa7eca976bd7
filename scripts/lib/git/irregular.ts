/**
 * Pipes, sockets and devices in a worktree. Git neither stores nor cleans them, but it reads .gitignore and .gitattributes
 * before anything else, and would wait for the writer of a pipe in their place.
 */
import { type Dirent, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { sep } from 'node:path'

/** Their paths, as bytes, which need not be UTF-8. A folder that cannot be listed is one that git cannot read either. */
export function findIrregular(root: string): Buffer[] {
  const found: Buffer[] = []
  const folders = [Buffer.from(root)]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop())
    for (const entry of entriesOf(folder)) {
      const path = Buffer.concat([folder, separator, entry.name])
      if (entry.isDirectory()) folders.push(path)
      else if (!entry.isFile() && !entry.isSymbolicLink()) found.push(path)
    }
  return found
}

const separator = Buffer.from(sep)

function entriesOf(folder: Buffer): Dirent<Buffer>[] {
  try {
    return readdirSync(folder, { withFileTypes: true, encoding: 'buffer' })
  } catch {
    return []
  }
}

/** Removes them. @returns false where one cannot be removed */
export async function removeIrregular(root: string): Promise<boolean> {
  try {
    for (const path of findIrregular(root)) await rm(path, { force: true })
    return true
  } catch {
    return false // In a folder without rights.
  }
}

/** Whether git reads a file of this path in each folder that it enters. */
export const isReadByGit = (path: Buffer): boolean => /[/\\]\.git(ignore|attributes|modules)$/.test(path.toString())
