/** One harness a session: a lock file with its owner, which a dead owner does not hold. */
import { createHash, randomUUID } from 'node:crypto'
import { link, rm, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { command } from '../command.ts'
import { Failure } from '../errors.ts'
import { jsonOrNull, readTextIfThere } from '../read.ts'
import { isAlive, type Owner, self } from './owner.ts'

export const ownerSchema: z.ZodType<Owner> = z.object({ pid: z.number().int().positive(), start: z.string() })

/**
 * Takes the lock. @returns what lets it go
 * @throws {Failure} when another process that is alive holds it
 */
export async function takeLock(path: string, what: string): Promise<() => Promise<void>> {
  for (let tries = 0; tries < 5; tries++) {
    if (await put(path, JSON.stringify(await self()))) return () => rm(path, { force: true })
    const text = await readTextIfThere(path)
    if (text === null) continue
    const owner = await livingOwner(text)
    if (owner)
      throw new Failure(
        `${what} is being run by process ${owner.pid}.`,
        `Wait for it, watch it with \`${command('status')}\`, or stop it with \`${command('session stop')}\`.`,
      )
    await removeStale(path, text)
  }
  throw new Failure(`${path} cannot be taken.`, 'Another process takes it again and again: look which one.')
}

/** A lock appears with its owner in it: one that is empty for a moment would look like a dead process's. */
async function put(path: string, owner: string): Promise<boolean> {
  const whole = `${path}.${randomUUID()}`
  await writeFile(whole, owner)
  try {
    await link(whole, path)
    return true
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    if (noLinks.has(code)) return putWithoutLink(path, owner)
    throw error
  } finally {
    await rm(whole, { force: true })
  }
}

/** What a file system without hard links answers (exFAT, some network and FUSE mounts). */
const noLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

async function putWithoutLink(path: string, owner: string): Promise<boolean> {
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
 * it the text can only go away, because a dead process does not write it again. The second lock may be stale as
 * well, if its owner died here; it is removed in the same way.
 * @param text what the lock was seen to hold
 */
export async function removeStale(path: string, text: string): Promise<void> {
  const removal = `${path}.${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
  if (await put(removal, JSON.stringify(await self()))) {
    try {
      if ((await readTextIfThere(path)) === text) await rm(path, { force: true })
    } finally {
      await rm(removal, { force: true })
    }
    return
  }
  const other = await readTextIfThere(removal)
  if (other !== null && !(await livingOwner(other))) await removeStale(removal, other)
}

/** The living process that holds a lock; null when nobody does. */
export async function holder(path: string): Promise<Owner | null> {
  return livingOwner((await readTextIfThere(path)) ?? '')
}

/** Half a text names nobody: its owner died while it wrote its name. */
async function livingOwner(text: string): Promise<Owner | null> {
  const owner = ownerSchema.safeParse(jsonOrNull(text))
  return owner.success && (await isAlive(owner.data)) ? owner.data : null
}
