/** Frozen files: their content is hashed before and after each run, because git trusts time stamps. */
import { createHash } from 'node:crypto'
import { lstat, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../../lib/errors.ts'
import type { Git } from '../../lib/git/git.ts'

/** Path to content hash; see `hashPath` for the format. */
export type Frozen = Map<string, string>

/**
 * Returns the frozen paths: `freeze`, or every tracked file that is not in `edit`.
 * @throws {Failure} when a path of `edit` or `freeze` is not tracked.
 */
export async function frozenPaths(
  git: Git,
  commit: string,
  edit: string[],
  freeze: string[] | null,
): Promise<string[]> {
  const tracked = await trackedFiles(git, commit)
  const missing = [...edit, ...(freeze ?? [])].find(path => !tracked.includes(path))
  if (missing)
    throw new Failure(
      `${missing} is not tracked at HEAD.`,
      'Name committed files in edit and freeze; check the spelling.',
    )
  return freeze ?? tracked.filter(path => !edit.includes(path))
}

/** Paths of every file of a commit, relative to the root of the repository. */
export const trackedFiles = async (git: Git, commit: string): Promise<string[]> =>
  (await git.raw('ls-tree', '-r', '-z', '--name-only', commit)).split('\0').filter(path => path !== '')

/** Hashes these paths in a folder. */
export async function hashFrozen(folder: string, paths: Iterable<string>): Promise<Frozen> {
  const entries = await Promise.all([...paths].map(async path => [path, await hashPath(join(folder, path))] as const))
  return new Map(entries)
}

/** Returns the first path whose content has changed; null when none has. */
export async function findChangedFile(folder: string, frozen: Frozen): Promise<string | null> {
  const now = await hashFrozen(folder, frozen.keys())
  for (const [path, hash] of frozen) if (now.get(path) !== hash) return path
  return null
}

/** "missing", "folder", "no file", or the kind (link, program, file) and the SHA-256 of the content. */
async function hashPath(path: string): Promise<string> {
  // An inaccessible file counts as missing, so as changed.
  const stat = await lstat(path).catch(() => null)
  if (stat === null) return 'missing'
  if (stat.isDirectory()) return 'folder' // a submodule
  // Reading a pipe would wait for a writer.
  if (!stat.isFile() && !stat.isSymbolicLink()) return 'no file'
  const content = stat.isSymbolicLink() ? await readlink(path) : await readFile(path)
  return `${stat.isSymbolicLink() ? 'link' : stat.mode & 0o111 ? 'program' : 'file'} ${createHash('sha256').update(content).digest('hex')}`
}
