/** The frozen files: their content is hashed before and after each run, by us, not by git's time stamps. */
import { createHash } from 'node:crypto'
import { lstat, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../../lib/errors.ts'
import type { Git } from '../../lib/git/git.ts'

/** Content hash of every frozen path, "missing" included. */
export type Frozen = Map<string, string>

/**
 * The paths that are frozen: `freeze`, or every tracked file that is not in `edit`.
 * @throws {Failure} when one that was named is not tracked.
 */
export async function frozenPaths(
  git: Git,
  commit: string,
  edit: string[],
  freeze: string[] | null,
): Promise<string[]> {
  const tracked = (await git.raw('ls-tree', '-r', '-z', '--name-only', commit)).split('\0').filter(path => path !== '')
  const missing = [...edit, ...(freeze ?? [])].find(path => !tracked.includes(path))
  if (missing)
    throw new Failure(
      `${missing} is not tracked at HEAD.`,
      'Name files in edit and freeze that are committed; check the spelling.',
    )
  return freeze ?? tracked.filter(path => !edit.includes(path))
}

/** Hashes the paths as they lie in a folder. */
export async function hashFrozen(folder: string, paths: Iterable<string>): Promise<Frozen> {
  const entries = await Promise.all([...paths].map(async path => [path, await hashPath(join(folder, path))] as const))
  return new Map(entries)
}

/** The first path whose content is not what it was; null when all are. */
export async function findChangedFile(folder: string, frozen: Frozen): Promise<string | null> {
  const now = await hashFrozen(folder, frozen.keys())
  for (const [path, hash] of frozen) if (now.get(path) !== hash) return path
  return null
}

async function hashPath(path: string): Promise<string> {
  // A run that makes a file inaccessible has changed it, too.
  const stat = await lstat(path).catch(() => null)
  if (stat === null) return 'missing'
  if (stat.isDirectory()) return 'folder' // a submodule
  const content = stat.isSymbolicLink() ? await readlink(path) : await readFile(path)
  return `${stat.isSymbolicLink() ? 'link' : stat.mode & 0o111 ? 'program' : 'file'} ${createHash('sha256').update(content).digest('hex')}`
}
