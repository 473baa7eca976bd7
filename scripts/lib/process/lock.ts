/** A lock file that names its owner process, so that only one harness runs a session. A dead owner's lock is void. */
import { createHash, randomUUID } from 'node:crypto'
import { link, rm, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { command } from '../command.ts'
import { Failure } from '../errors.ts'
import { jsonOrNull, readTextIfThere } from '../files/read.ts'
import { isAlive, type Owner, thisProcess } from './owner.ts'

export const ownerSchema: z.ZodType<Owner> = z.object({ pid: z.number().int().positive(), start: z.string() })

/** What the owner of a lock does, for the error that names it. */
interface Held {
  /** "ID is being run by process 5." */
  is: string
  advice: string
}

const session: Held = {
  is: 'run',
  advice: `Wait for it, watch it with \`${command('status')}\`, or stop it with \`${command('session stop')}\`.`,
}

/**
 * Takes the lock. @returns a function that releases it
 * @param what named in the error, e.g. the session's id
 * @throws {Failure} when a live process holds it
 */
export async function takeLock(path: string, what: string, held = session): Promise<() => Promise<void>> {
  for (let tries = 0; tries < 5; tries++) {
    if (await createLock(path, JSON.stringify(await thisProcess()))) return () => rm(path, { force: true })
    const text = await readTextIfThere(path)
    if (text === null) continue
    const owner = await liveOwner(text)
    if (owner) throw new Failure(`${what} is being ${held.is} by process ${owner.pid}.`, held.advice)
    await removeStale(path, text)
  }
  throw new Failure(`The lock ${path} cannot be taken.`, 'Other processes keep taking it: find out which.')
}

/** Creates the lock file with its content in one step: an empty lock would look like that of a dead process. */
async function createLock(path: string, owner: string): Promise<boolean> {
  const temporary = `${path}.${randomUUID()}`
  await writeFile(temporary, owner)
  try {
    await link(temporary, path)
    return true
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    if (linkUnsupported.has(code)) return createWithoutLink(path, owner)
    throw error
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Error codes of file systems without hard links (exFAT, some network and FUSE mounts). */
const linkUnsupported = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

async function createWithoutLink(path: string, owner: string): Promise<boolean> {
  try {
    await writeFile(path, owner, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/**
 * Removes the lock of a dead process.
 *
 * Reading a lock and removing it are two steps, and another process may take the lock between them. So whoever
 * removes a lock first takes a second lock, named after the text of the stale one, and reads the first again: under
 * it the text can only disappear, because a dead process does not write it again. The second lock may be stale as
 * well, if its owner died here; it is removed in the same way.
 * @param text content of the stale lock
 */
export async function removeStale(path: string, text: string): Promise<void> {
  const removal = `${path}.${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
  if (await createLock(removal, JSON.stringify(await thisProcess()))) {
    try {
      if ((await readTextIfThere(path)) === text) await rm(path, { force: true })
    } finally {
      await rm(removal, { force: true })
    }
    return
  }
  const other = await readTextIfThere(removal)
  if (other !== null && !(await liveOwner(other))) await removeStale(removal, other)
}

/** The live process that holds a lock; null when it is free. */
export async function lockOwner(path: string): Promise<Owner | null> {
  return liveOwner((await readTextIfThere(path)) ?? '')
}

/** A partial text has no owner: the process died while it wrote the lock. */
async function liveOwner(text: string): Promise<Owner | null> {
  const owner = ownerSchema.safeParse(jsonOrNull(text))
  return owner.success && (await isAlive(owner.data)) ? owner.data : null
}
