/** Whether a session can be posted to a folder of docs, found out before it runs. */
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Failure } from '../../lib/errors.ts'
import { exists } from '../../lib/files/read.ts'
import type { CheckedPlace, PostContext } from '../destination.ts'
import { recall } from '../remembered.ts'
import type { PostRequest } from '../request.ts'
import type { Target } from '../target.ts'
import { readManifest } from './manifest.ts'
import { destination, formOf, rememberedFolder } from './post.ts'

/** @throws {Failure} as `Check` says */
export async function checkDocs(
  request: PostRequest,
  target: Target,
  _program: string,
  { root, work }: PostContext,
): Promise<CheckedPlace> {
  const last = await recall(target.key, 'docs', work)
  const folder = destination(request.out ?? last?.folder ?? null, root)
  const form = formOf(request, last, await readManifest(folder), folder)
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
  return { text: folder, remembered: rememberedFolder(target, folder, form) }
}
