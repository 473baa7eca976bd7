/**
 * Experiments that a person rejected, with the reason, for the prompts of this and later sessions: `rejected.jsonl`.
 */
import { z } from 'zod'
import { command } from '../../lib/command.ts'
import { appendSynced } from '../../lib/files/disk.ts'
import { orWarn, parseJson, readTextIfThere } from '../../lib/files/read.ts'
import { jsonLine } from '../../lib/text.ts'
import { files } from './paths.ts'

export const rejectionSchema = z.object({
  at: z.iso.datetime(),
  experiment: z.number().int().nonnegative(),
  why: z.string(),
})
export type Rejection = z.infer<typeof rejectionSchema>

/** Appends to a separate file, since a person may reject while the session runs and the journal has a single writer. */
export const appendRejection = (folder: string, rejection: Rejection): Promise<void> =>
  appendSynced(files.rejected(folder), jsonLine(rejection))

/** The last rejection of each experiment, in order. Lines that cannot be read are left out with a warning. */
export async function readRejections(folder: string): Promise<Rejection[]> {
  const path = files.rejected(folder)
  const lines = ((await readTextIfThere(path)) ?? '').split('\n')
  const found = new Map<number, Rejection>()
  for (const [i, line] of lines.entries()) {
    if (line === '') continue
    const rejection = await orWarn(parsed(`${path}:${i + 1}`, line))
    if (rejection) found.set(rejection.experiment, rejection)
  }
  return [...found.values()]
}

const parsed = async (where: string, line: string): Promise<Rejection> =>
  parseJson(
    where,
    line,
    rejectionSchema,
    `Take the line out, and reject again: \`${command('experiment --reject NUMBER --why TEXT')}\`.`,
  )
