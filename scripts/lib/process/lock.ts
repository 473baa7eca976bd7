/** One harness a session: a lock file with its owner, which a dead owner does not hold. */
import { randomUUID } from 'node:crypto'
import { link, rename, rm, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { Failure } from '../errors.ts'
import { jsonOrNull, readTextIfThere } from '../read.ts'
import { isAlive, type Owner, self } from './owner.ts'

export const ownerSchema: z.ZodType<Owner> = z.object({ pid: z.number().int().positive(), start: z.string() })

/**
 * Takes the lock. @returns what lets it go
 * @throws {Failure} when another process that is alive holds it
 */
export async function takeLock(path: string, what: string): Promise<() => Promise<void>> {
  for (let tries = 0; tries < 3; tries++) {
    if (await put(path, JSON.stringify(await self()))) return () => rm(path, { force: true })
    const owner = await holder(path)
    if (owner)
      throw new Failure(
        `${what} is being run by process ${owner.pid}.`,
        'Wait for it, watch it with `pnpm status`, or stop it with Ctrl-C.',
      )
    await removeStale(path)
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

/** Between the look at it and its removal another may have taken the lock: what is alive after all is put back. */
async function removeStale(path: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`
  const gone = await rename(path, aside).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return 'gone'
  })
  if (gone) return
  if (await holder(aside)) await link(aside, path).catch(() => {})
  await rm(aside, { force: true })
}

/** The living process that holds a lock; null when nobody does. */
export async function holder(path: string): Promise<Owner | null> {
  // Half a file: an owner that died while it wrote its name.
  const owner = ownerSchema.safeParse(jsonOrNull((await readTextIfThere(path)) ?? ''))
  return owner.success && (await isAlive(owner.data)) ? owner.data : null
}
