/** NIGHTSHIFT_SECRET: random bytes that evaluators of this machine have, and runs have not. */
import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../../../lib/errors.ts'
import { asFailure } from '../../../lib/files/disk.ts'
import { readTextIfThere } from '../../../lib/files/read.ts'
import { workRoot } from '../../../lib/paths.ts'

export const secretPath = join(workRoot, 'secret')

/** 32 bytes in hex; made by the first call on a machine. @throws {Failure} when the file cannot be read, or holds something else */
export async function machineSecret(): Promise<string> {
  const stored = await readTextIfThere(secretPath)
  if (stored === null) {
    await makeSecret()
    return machineSecret()
  }
  if (!/^[0-9a-f]{64}\n$/.test(stored))
    throw new Failure(`${secretPath} holds no 32 bytes in hex.`, 'Remove it: another is made.')
  await chmod(secretPath, 0o600)
  return stored.trim()
}

/** Made beside its path and linked there, so that two sessions which start together have the same. */
async function makeSecret(): Promise<void> {
  const temporary = `${secretPath}.${process.pid}.tmp`
  try {
    await mkdir(workRoot, { recursive: true })
    await rm(temporary, { force: true })
    await writeFile(temporary, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
    await link(temporary, secretPath).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } catch (cause) {
    throw asFailure(secretPath, cause)
  } finally {
    await rm(temporary, { force: true })
  }
}
