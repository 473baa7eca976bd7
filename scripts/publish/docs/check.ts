/** Whether a session can be posted to the remembered folder of docs, found out before it runs. */
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Failure } from '../../lib/errors.ts'
import { exists } from '../../lib/files/read.ts'
import type { PostContext } from '../destination.ts'
import { recall } from '../remembered.ts'
import type { Target } from '../target.ts'
import { readManifest } from './manifest.ts'
import { destination } from './post.ts'

/** @throws {Failure} as `Check` says */
export async function checkDocs(target: Target, _program: string, { root, work }: PostContext): Promise<string> {
  const folder = destination((await recall(target.key, 'docs', work))?.folder ?? null, root)
  await readManifest(folder)
  // A folder that was removed is made again.
  let existing = folder
  while (!(await exists(existing)) && dirname(existing) !== existing) existing = dirname(existing)
  await access(existing, constants.W_OK).catch((cause: unknown) => {
    throw new Failure(
      `${existing} cannot be written to.`,
      'Change its permissions, or post to another folder once with --out.',
      { cause },
    )
  })
  return folder
}
