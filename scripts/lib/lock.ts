/** One harness a session: a lock file with its owner, which a dead owner does not hold. */
import { open, readFile, rm } from 'node:fs/promises'
import { z } from 'zod'
import { Failure } from './errors.ts'
import { isAlive, type Owner, self } from './processes.ts'

export const ownerSchema: z.ZodType<Owner> = z.object({ pid: z.number().int().positive(), start: z.string() })

/**
 * Takes the lock. @returns what lets it go
 * @throws {Failure} when another process that is alive holds it
 */
export async function takeLock(path: string, what: string): Promise<() => Promise<void>> {
  for (let tries = 0; tries < 3; tries++) {
    const handle = await open(path, 'wx').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return null
      throw error
    })
    if (handle) {
      await handle.writeFile(JSON.stringify(await self()))
      await handle.close()
      return () => rm(path, { force: true })
    }
    const owner = await holder(path)
    if (owner)
      throw new Failure(
        `${what} is being run by process ${owner.pid}.`,
        'Wait for it, watch it with `pnpm status`, or stop it with Ctrl-C.',
      )
    await rm(path, { force: true })
  }
  throw new Failure(`${path} cannot be taken.`, 'Another process takes it again and again: look which one.')
}

/** The living process that holds a lock; null when nobody does. */
export async function holder(path: string): Promise<Owner | null> {
  const owner = ownerSchema.safeParse(parse(await readFile(path, 'utf8').catch(() => '')))
  return owner.success && (await isAlive(owner.data)) ? owner.data : null
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // an owner that died while it wrote its name
  }
}
