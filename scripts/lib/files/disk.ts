/** File writes that survive a crash of the machine: atomic writes, and appends that are synced to disk. */
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { platform } from 'node:os'
import { dirname } from 'node:path'
import { Failure } from '../errors.ts'
import { kindOf } from './regularFile.ts'

// With SIGXFSZ ignored, exceeding the file size limit (ulimit -f) is an error like a full disk.
if (platform() !== 'win32') process.on('SIGXFSZ', () => {})

/** Writes a file atomically: a reader sees the old or the new content. @throws {Failure} disk full or not writable */
export async function writeAtomic(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    await mkdir(dirname(path), { recursive: true })
    const handle = await open(temporary, 'w')
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
  } catch (cause) {
    // The write's error is thrown, not that of the removal.
    await rm(temporary, { force: true }).catch(() => {})
    throw asFailure(path, cause)
  }
}

/** Makes a folder and those around it. @throws {Failure} when one cannot be made */
export async function makeFolders(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((cause: unknown) => {
    throw asFailure(path, cause)
  })
}

/**
 * Appends text and syncs it to disk. On a full disk nothing is appended, so that the next line stays intact.
 * @param ifReplaced advice of the Failure where the path is no regular file
 */
export async function appendSynced(path: string, text: string, ifReplaced?: string): Promise<void> {
  const write = async (handle: FileHandle) => {
    const { size } = await handle.stat()
    await handle.writeFile(text).catch(async (error: unknown) => {
      await handle.truncate(size)
      throw error
    })
    await handle.sync()
  }
  await appending(path, write, ifReplaced)
}

/** Appends text without syncing, for files that can be rebuilt from other records. */
export async function appendText(path: string, text: string): Promise<void> {
  await appending(path, handle => handle.writeFile(text))
}

/** Opens a regular file to append. A program may have put a link there, or a pipe, and to open that waits for a reader. */
async function appending(
  path: string,
  write: (handle: FileHandle) => Promise<void>,
  ifReplaced = moveAway,
): Promise<void> {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants
  try {
    const handle = await open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOFOLLOW, 0o666)
    try {
      const kind = kindOf(await handle.stat())
      if (kind !== null) throw notAFile(path, kind, ifReplaced)
      await write(handle)
    } finally {
      await handle.close()
    }
  } catch (cause) {
    throw asFailure(path, cause, ifReplaced)
  }
}

const moveAway = 'Something replaced the file: move that away.'

const notAFile = (path: string, kind: string, advice: string, cause?: unknown): Failure =>
  new Failure(`${path} cannot be written: it is ${kind}.`, advice, { cause })

/** An error of the file system as a Failure where the user can fix it; else unchanged. */
export function asFailure(path: string, cause: unknown, ifReplaced = moveAway): unknown {
  const code = (cause as NodeJS.ErrnoException).code
  if (code === 'EISDIR') return notAFile(path, 'a folder', ifReplaced, cause)
  if (code === 'ELOOP') return notAFile(path, 'a link', ifReplaced, cause)
  if (code === 'EEXIST' || code === 'ENOTDIR')
    return new Failure(`${path} cannot be made: a file is in its place.`, 'Move that file away.', { cause })
  // Opened for writing, without waiting for a reader.
  if (code === 'ENXIO') return notAFile(path, 'a pipe or a socket', ifReplaced, cause)
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG')
    return new Failure(`The disk is full: ${path} could not be written.`, 'Free some space; finished work is kept.', {
      cause,
    })
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM')
    return new Failure(`${path} is not writable.`, 'Make the folder writable for this user.', { cause })
  return cause
}
