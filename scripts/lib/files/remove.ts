/** Removes what programs of an agent left, whatever it is and whatever rights it has. */
import { execFile } from 'node:child_process'
import { chmod, lstat, readdir, rename, rm } from 'node:fs/promises'
import { sep } from 'node:path'
import { promisify } from 'node:util'
import { Failure, warn } from '../errors.ts'
import { sanitizeText } from '../text.ts'

/** Removes whatever is at a path; a folder without rights gets them first. Links are not followed. */
export async function removeTree(path: string): Promise<void> {
  const remove = () => rm(path, { recursive: true, force: true, maxRetries: 3 })
  await remove().catch(async (error: NodeJS.ErrnoException) => {
    // node removes by whole paths, which may be too long; rm goes from folder to folder.
    if (error.code === 'ENAMETOOLONG') await promisify(execFile)('rm', ['-rf', '--', path])
    else if (rights.has(error.code ?? '')) await giveRights(Buffer.from(path)).then(remove)
    else throw error
  })
}

const rights = new Set(['EACCES', 'EPERM', 'ENOTEMPTY'])

/** Names are bytes, which need not be UTF-8. */
async function giveRights(path: Buffer): Promise<void> {
  const stats = await lstat(path).catch(() => null)
  if (!stats?.isDirectory()) return
  try {
    await chmod(path, 0o700)
    for (const name of await readdir(path, { encoding: 'buffer' }))
      await giveRights(Buffer.concat([path, Buffer.from(sep), name]))
  } catch {
    // Another user's: the removal says so.
  }
}

/** Frees a path: removes what is there, or, where that fails, moves it aside and warns. @throws {Failure} if both fail */
export async function freePath(path: string): Promise<void> {
  try {
    await removeTree(path)
  } catch (cause) {
    const why = sanitizeText(cause instanceof Error ? cause.message : String(cause), 200)
    const aside = `${path}.left-${Date.now()}`
    await rename(path, aside).catch(() => {
      throw new Failure(`${path} can neither be removed nor moved: ${why}.`, 'Remove it by hand.', { cause })
    })
    warn(new Failure(`${aside} could not be removed: ${why}.`, 'A run or an agent left it. Remove it by hand.'))
  }
}
