/** Writing that survives a crash of the machine: whole or not at all, or appended and on disk before going on. */
import { randomUUID } from 'node:crypto'
import { appendFile, mkdir, open, rename, rm } from 'node:fs/promises'
import { platform } from 'node:os'
import { dirname } from 'node:path'
import { Failure } from './errors.ts'

// A limit on the size of files (ulimit -f) is an error like a full disk, as long as its signal does not kill.
if (platform() !== 'win32') process.on('SIGXFSZ', () => {})

/** Writes a file so that a reader sees the old content or the new, never a part. */
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
    // What is thrown is why it was not written, not why its part stayed.
    await rm(temporary, { force: true }).catch(() => {})
    throw full(path, cause)
  }
}

/** Appends text and waits until it is on disk: all of it, or on a full disk nothing, so that the next line is whole. */
export async function appendSynced(path: string, text: string): Promise<void> {
  try {
    const handle = await open(path, 'a')
    try {
      const { size } = await handle.stat()
      await handle.writeFile(text).catch(async (error: unknown) => {
        await handle.truncate(size)
        throw error
      })
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (cause) {
    throw full(path, cause)
  }
}

/** Appends text that can be written again from other records, so nothing waits for the disk. */
export async function appendText(path: string, text: string): Promise<void> {
  await appendFile(path, text).catch((cause: unknown) => {
    throw full(path, cause)
  })
}

function full(path: string, cause: unknown): unknown {
  const code = (cause as NodeJS.ErrnoException).code
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG')
    return new Failure(
      `The disk is full: ${path} could not be written.`,
      'Free some space; what was finished is kept.',
      { cause },
    )
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM')
    return new Failure(`${path} may not be written.`, 'Make the folder writable for this user.', { cause })
  return cause
}
