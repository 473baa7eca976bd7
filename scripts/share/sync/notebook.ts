/** Which notebook a branch belongs to: `notebook.json` at its root, and the id of this notebook in `.nightshift/share/notebook`. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { writeAtomic } from '../../lib/files/disk.ts'
import { readTextIfThere } from '../../lib/files/read.ts'

export const notebookFile = 'notebook.json'

/** Id of a notebook: random, so that it says nothing about its owner. */
const notebookId = /^[0-9a-f]{32}$/

export const notebookSchema = z.object({
  schema: z.literal(1),
  notebook: z.string().regex(notebookId),
  /** Label of the machine. */
  machine: z.string(),
})
export type Notebook = z.infer<typeof notebookSchema>

const pathOf = (work: string): string => join(work, 'share', 'notebook')

/** The id of this notebook, made at the first call. @param work `.nightshift` */
export async function readNotebookId(work: string): Promise<string> {
  const stored = (await readTextIfThere(pathOf(work)))?.trim() ?? ''
  return notebookId.test(stored) ? stored : newNotebookId(work)
}

/** A new id, for a notebook that was copied with its id. */
export async function newNotebookId(work: string): Promise<string> {
  const id = randomBytes(16).toString('hex')
  await writeAtomic(pathOf(work), `${id}\n`)
  return id
}
