/**
 * Hashes of frozen files, before and after each run, because git trusts time stamps. Imports only node's modules: the runner
 * uses it, and its start-up time counts.
 *
 * After a run anything may lie in a frozen file's place: a pipe that nobody writes to, a device, a file of any size. None is
 * waited for or read beyond the size that the frozen file had; what cannot be read has changed.
 */
import { createHash } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { type FileHandle, lstat, open, readlink } from 'node:fs/promises'
import { join } from 'node:path'

/** Path to content: "folder" (a submodule), or kind (link, program, file), size in bytes and SHA-256. */
export type Frozen = Map<string, string>

/** What hashing after a run found. */
export interface FrozenCheck {
  /** `digestOf` the files as they are. */
  digest: string
  /** The first path that differs; null when none does. */
  changed: string | null
}

/** Files that are open at the same time. */
const AT_ONCE = 64

/** Hashes these paths in a folder. @param limits hashes before; a file of another size is not read */
export async function hashFrozen(folder: string, paths: Iterable<string>, limits?: Frozen): Promise<Frozen> {
  const all = [...paths]
  const found: Frozen = new Map()
  for (let from = 0; from < all.length; from += AT_ONCE) {
    const some = all.slice(from, from + AT_ONCE)
    const hashes = await Promise.all(some.map(path => contentOf(join(folder, path), limits?.get(path))))
    for (const [i, path] of some.entries()) found.set(path, hashes[i] as string)
  }
  return found
}

/** Compares the paths in a folder with their hashes before. */
export async function checkFrozen(folder: string, before: Frozen): Promise<FrozenCheck> {
  const now = await hashFrozen(folder, before.keys(), before)
  const changed = [...before].find(([path, content]) => now.get(path) !== content)?.[0] ?? null
  return { digest: digestOf(now), changed }
}

/** One hash of all paths and contents, in any order. */
export const digestOf = (frozen: Frozen): string =>
  createHash('sha256')
    .update(JSON.stringify([...frozen].sort(([a], [b]) => (a < b ? -1 : 1))))
    .digest('hex')

/** "missing", "no file", "unreadable" or "…, not read" where there is no content to hash. */
async function contentOf(path: string, before: string | undefined): Promise<string> {
  const stat = await lstat(path).catch(() => null)
  if (stat === null) return 'missing'
  if (stat.isDirectory()) return 'folder'
  if (stat.isSymbolicLink()) {
    const target = await readlink(path, 'buffer').catch(() => null)
    return target === null ? 'unreadable' : `link ${target.length} ${createHash('sha256').update(target).digest('hex')}`
  }
  if (!stat.isFile()) return 'no file'
  // Also for root, who could read it.
  if ((stat.mode & 0o400) === 0) return 'unreadable'
  const kind = `${kindOf(stat)} ${stat.size}`
  if (before !== undefined && !before.startsWith(`${kind} `)) return `${kind}, not read`
  const hash = await hashFile(path, stat.size)
  return hash === null ? 'unreadable' : `${kind} ${hash}`
}

const kindOf = ({ mode }: Stats): string => (mode & 0o111 ? 'program' : 'file')

/** SHA-256 of a regular file of this size; null where it cannot be read, or has another size by now. */
async function hashFile(path: string, size: number): Promise<string | null> {
  // Neither a link nor a pipe that has taken the file's place meanwhile is followed or waited for.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => null)
  if (file === null) return null
  try {
    return (await file.stat()).isFile() ? await hashBytes(file, size) : null
  } catch {
    return null // A failing disk, or a file that was cut: its content is not what it was.
  } finally {
    await file.close()
  }
}

async function hashBytes(file: FileHandle, size: number): Promise<string | null> {
  const hash = createHash('sha256')
  const buffer = Buffer.alloc(Math.min(2 ** 20, size + 1))
  let total = 0
  while (total <= size) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, total)
    if (bytesRead === 0) break
    hash.update(buffer.subarray(0, bytesRead))
    total += bytesRead
  }
  return total === size ? hash.digest('hex') : null
}
