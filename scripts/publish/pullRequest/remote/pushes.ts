/** What this notebook has pushed of a session, kept in its folder: only such a branch is moved again. */
import { join } from 'node:path'
import { z } from 'zod'
import { Failure } from '../../../lib/errors.ts'
import { writeAtomic } from '../../../lib/files/disk.ts'
import { readJsonIfThere } from '../../../lib/files/read.ts'
import { jsonText } from '../../../lib/text.ts'

const pushSchema = z.object({
  /** Of the remote, without credentials. */
  address: z.string(),
  branch: z.string(),
  commit: z.string().regex(/^[0-9a-f]{40,64}$/),
  /** ISO 8601. Written before the push, whose answer may be lost: it may not have reached the remote. */
  at: z.iso.datetime(),
})
export type RecordedPush = z.infer<typeof pushSchema>

const fileSchema = z.object({ schema: z.literal(1), pushes: z.array(pushSchema) })

const pathOf = (folder: string): string => join(folder, 'pushes.json')

/** @param folder of the session @throws {Failure} when the file cannot be read */
export async function readPushes(folder: string): Promise<RecordedPush[]> {
  const advice = 'Delete it: then a branch that was pushed before and differs is not moved.'
  return (await readJsonIfThere(pathOf(folder), fileSchema, advice))?.pushes ?? []
}

/** Adds a push; one of the same commit to the same branch is there once. */
export async function recordPush(folder: string, push: RecordedPush): Promise<void> {
  const before = await readPushes(folder)
  const others = before.filter(
    each => each.commit !== push.commit || each.branch !== push.branch || each.address !== push.address,
  )
  await writeAtomic(pathOf(folder), jsonText({ schema: 1, pushes: [...others, push] }))
}

/**
 * Whether a branch of the remote may be moved: nobody else has written it.
 * @param own commits of the session's branch
 * @throws {Failure} otherwise
 */
export function checkOwnBranch(branch: string, now: string, own: string[], pushes: RecordedPush[]): void {
  if (own.includes(now) || pushes.some(push => push.branch === branch && push.commit === now)) return
  throw new Failure(
    `${branch} is on the remote already, at ${now.slice(0, 7)}, which this notebook did not push: somebody else wrote it.`,
    'Rename or delete that branch there, or push to another remote: --remote.',
  )
}
