/** The remote that this notebook syncs with, remembered in `.nightshift/share/remote.json`. */
import { join } from 'node:path'
import { z } from 'zod'
import { writeAtomic } from '../../lib/files/disk.ts'
import { readJsonIfThere } from '../../lib/files/read.ts'
import { jsonText } from '../../lib/text.ts'

const storedSchema = z.object({
  schema: z.literal(1),
  /** As it was given, a path made absolute, without credentials: an address, or the name of a remote. */
  remote: z.string(),
})

const pathOf = (work: string): string => join(work, 'share', 'remote.json')

/** null before the first sync. @throws {Failure} when the file is damaged */
export async function recallRemote(work: string): Promise<string | null> {
  const advice = 'Remove the file: the remote is then to be given once more.'
  return (await readJsonIfThere(pathOf(work), storedSchema, advice))?.remote ?? null
}

export const rememberRemote = (work: string, remote: string): Promise<void> =>
  writeAtomic(pathOf(work), jsonText({ schema: 1, remote }))
