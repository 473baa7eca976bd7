/** What a report needs of source.json: where a collected session came from, and what reading it found. */
import { z } from 'zod'
import { readJsonIfThere } from '../lib/files/read.ts'
import { files } from './files/paths.ts'
import { upgradeSource } from './schema1.ts'

const count = z.number().int().nonnegative()

/** A note on how a session was read, or (in `warnings`) a contradiction in the rows or between rows and git. */
export const noteSchema = z.object({
  /** E.g. "unmeasured-commit", "same-commit", "hours". */
  code: z.string(),
  /** A sentence. */
  text: z.string(),
  /** Experiment numbers and table lines that it concerns. */
  experiments: z.array(count),
  lines: z.array(count),
})
export type Note = z.infer<typeof noteSchema>

const importedSchema = z.object({
  /** null without git. */
  git: z.object({ branch: z.string() }).nullable(),
  /** null for a session folder, which is in our format. */
  table: z.object({ path: z.string(), rows: count }).nullable(),
  notes: z.array(noteSchema),
  warnings: z.array(noteSchema),
})
export type Imported = z.infer<typeof importedSchema>

/** null for a session of this notebook. @throws {Failure} if the file is damaged */
export const readImported = (folder: string): Promise<Imported | null> =>
  readJsonIfThere(files.mapping(folder), z.preprocess(upgradeSource, importedSchema), 'Collect the session again.')
