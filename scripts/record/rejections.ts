/** What a person rejected and why, as agents of this and later nights are told: `rejected.jsonl` in the session's folder. */

import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { appendSynced } from '../lib/disk.ts'
import { jsonLine } from '../lib/text.ts'
import { files } from './files.ts'

export const rejectionSchema = z.object({
  at: z.iso.datetime(),
  experiment: z.number().int().nonnegative(),
  why: z.string(),
})
export type Rejection = z.infer<typeof rejectionSchema>

/** A file of its own: a person writes it while the night runs, and the journal has one writer. */
export const appendRejection = (folder: string, rejection: Rejection): Promise<void> =>
  appendSynced(files.rejected(folder), jsonLine(rejection))

/** In the order they were made, the last for each experiment; lines that do not read are left out. */
export async function readRejections(folder: string): Promise<Rejection[]> {
  const text = await readFile(files.rejected(folder), 'utf8').catch(() => '')
  const found = new Map<number, Rejection>()
  for (const line of text.split('\n').filter(line => line !== '')) {
    const rejection = rejectionSchema.safeParse(parse(line)).data
    if (rejection) found.set(rejection.experiment, rejection)
  }
  return [...found.values()]
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
