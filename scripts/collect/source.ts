/** source.json: how a foreign session was read, why, what could not be read, and what contradicts it. */
import { z } from 'zod'
import { noteSchema } from '../record/imported.ts'
import { statuses } from '../record/schema.ts'
import { sourceVersion, upgradeSource } from '../record/schema1.ts'
import { roles } from './table/columns.ts'

export type { Note } from '../record/imported.ts'

const count = z.number().int().nonnegative()

export const sourceSchema = z.object({
  schema: z.literal(sourceVersion),
  kind: z.enum(['table', 'session']),
  /** Path or URL of the source, without credentials. */
  from: z.string(),
  /** null without git. */
  git: z
    .object({
      branch: z.string(),
      why: z.string(),
      tip: z.string(),
      /** The commit before the first kept one. */
      base: z.string().nullable(),
      /** Rows whose commit is in the repository. */
      found: count,
    })
    .nullable(),
  /** null for a session folder, which is in our format. */
  table: z
    .object({
      path: z.string(),
      sha256: z.string(),
      /** Every line of the table is counted in exactly one of these. */
      lines: count,
      rows: count,
      /** Rows that belong to other sessions of the table; absent in older records. */
      elsewhere: count.optional(),
      /** Headers, the rules of Markdown tables, and lines that say what the metric is or which direction is better. */
      headers: z.array(count),
      blank: z.array(count),
      /** Lines that continue a row, a quoted cell or a JSON object of a line above. */
      continued: z.array(count).default([]),
      /** Lines that are read and are no rows, by what they are, e.g. "of other segments", "events “hook”". */
      aside: z.array(z.object({ what: z.string(), lines: z.array(count) })).default([]),
      unread: z.array(z.object({ line: count, text: z.string(), why: z.string() })),
    })
    .nullable(),
  columns: z.array(
    z.object({
      /** Line of its header; null without one. */
      header: count.nullable(),
      name: z.string(),
      as: z.enum(roles).nullable(),
      why: z.string(),
      sure: z.boolean(),
    }),
  ),
  metric: z.object({
    name: z.string(),
    goal: z.enum(['minimize', 'maximize']),
    /** Why this goal, and whether it is certain. */
    why: z.string(),
    sure: z.boolean(),
  }),
  /** Each status word of the table, the status it was read as, and its number of rows. */
  statuses: z.array(z.object({ word: z.string(), as: z.enum(statuses), rows: count })),
  notes: z.array(noteSchema),
  warnings: z.array(noteSchema),
})
export type Source = z.infer<typeof sourceSchema>

/** source.json as any version wrote it. */
export const storedSource = z.preprocess(upgradeSource, sourceSchema)
