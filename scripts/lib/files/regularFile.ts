/**
 * Reads files that a run, an agent or another person's session may have left. Whatever is at the path, a read ends at
 * once: it opens only regular files, reads no more than a limit, and does not wait for the writer of a pipe.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { type FileHandle, lstat, open, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { megabytes } from '../format.ts'

export interface ReadOptions {
  /** Bytes; a longer file is not read. */
  limit?: number
  /** Reads this many bytes from the end instead, of a file of any length. */
  tail?: number
  /** Whether the path may be a link, as of files that the user has made. */
  links?: boolean
  /** A folder around the path, such as a session's; where one between the two is a link, the file is not read. */
  root?: string | undefined
}

/** What a read found. */
export type Found =
  /** `size`: of the whole file. */
  | { kind: 'file'; bytes: Buffer; size: number }
  | { kind: 'missing'; cause: unknown }
  /** `what`: after "it is", e.g. "a pipe". */
  | { kind: 'unreadable'; what: string; cause?: unknown }

/** Bytes that are read of one file where no other limit is given. */
export const defaultLimit = 2 ** 26

export async function readFound(path: string, options: ReadOptions = {}): Promise<Found> {
  let file: FileHandle | null = null
  try {
    const linked = throughLink(path, options.root)
    if (linked !== null) return linked
    const first = wrongKind(await (options.links ? stat : lstat)(path))
    if (first !== null) return first
    file = await open(path, flags(options))
    // Looked at again, because the path may have been replaced.
    const range = rangeOf(await file.stat(), options)
    if ('kind' in range) return range
    const bytes = Buffer.alloc(range.length)
    let read = 0
    while (read < range.length) {
      const { bytesRead } = await file.read(bytes, read, range.length - read, range.start + read)
      if (bytesRead === 0) break
      read += bytesRead
    }
    return { kind: 'file', bytes: bytes.subarray(0, read), size: range.size }
  } catch (cause) {
    return asFound(cause)
  } finally {
    await file?.close()
  }
}

/** The same, synchronously: with tens of thousands of small files promises cost more than they save. */
export function readFoundSync(path: string, options: ReadOptions = {}): Found {
  let file: number | null = null
  try {
    const linked = throughLink(path, options.root)
    if (linked !== null) return linked
    const first = wrongKind((options.links ? statSync : lstatSync)(path))
    if (first !== null) return first
    file = openSync(path, flags(options))
    const range = rangeOf(fstatSync(file), options)
    if ('kind' in range) return range
    const bytes = Buffer.alloc(range.length)
    let read = 0
    while (read < range.length) {
      const count = readSync(file, bytes, read, range.length - read, range.start + read)
      if (count === 0) break
      read += count
    }
    return { kind: 'file', bytes: bytes.subarray(0, read), size: range.size }
  } catch (cause) {
    return asFound(cause)
  } finally {
    if (file !== null) closeSync(file)
  }
}

// The first look comes before the file is opened: to open a device can act on it.
const flags = ({ links }: ReadOptions): number =>
  constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (links ? 0 : (constants.O_NOFOLLOW ?? 0))

type Unreadable = Extract<Found, { kind: 'unreadable' }>

function throughLink(path: string, root?: string): Unreadable | null {
  if (root === undefined) return null
  const top = resolve(root)
  for (let folder = dirname(resolve(path)); folder.length > top.length; folder = dirname(folder))
    if (lstatSync(folder).isSymbolicLink()) return { kind: 'unreadable', what: 'in a folder that is a link' }
  return null
}

/** What a path holds, as after "it is"; null for a regular file. */
export function kindOf(stats: Pick<Stats, 'isFile' | 'isDirectory' | 'isFIFO' | 'isSocket' | 'isSymbolicLink'>) {
  if (stats.isFile()) return null
  if (stats.isSymbolicLink()) return 'a link'
  if (stats.isDirectory()) return 'a folder'
  if (stats.isFIFO()) return 'a pipe'
  return stats.isSocket() ? 'a socket' : 'a device'
}

function wrongKind(stats: Stats): Unreadable | null {
  const what = kindOf(stats)
  return what === null ? null : { kind: 'unreadable', what }
}

/** The bytes to read; a file that grows meanwhile is read up to its present size. */
function rangeOf(stats: Stats, { limit = defaultLimit, tail }: ReadOptions) {
  const wrong = wrongKind(stats)
  if (wrong !== null) return wrong
  const { size } = stats
  if (tail !== undefined) return { size, start: Math.max(0, size - tail), length: Math.min(size, tail) }
  if (size > limit) return { kind: 'unreadable' as const, what: tooLarge(size, limit) }
  return { size, start: 0, length: size }
}

/** After "it is": "a file of 180.0 MB, and at most 33.6 MB are read" */
export const tooLarge = (size: number, limit: number): string =>
  `a file of ${megabytes(size)}, and at most ${megabytes(limit)} are read`

function asFound(cause: unknown): Found {
  const code = cause instanceof Error && 'code' in cause ? cause.code : null
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { kind: 'missing', cause }
    case 'ELOOP':
      return { kind: 'unreadable', what: 'a link', cause }
    case 'EACCES':
    case 'EPERM':
      return { kind: 'unreadable', what: 'not readable for this user', cause }
    default:
      if (typeof code !== 'string') throw cause
      return { kind: 'unreadable', what: `not readable (${code})`, cause }
  }
}
