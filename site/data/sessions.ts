/** The notebook's sessions, read from the sessions folder; one that cannot be read is named and does not stop the others. */
import { join } from 'node:path'
import { z } from 'zod'
import { digestSchema } from '../../scripts/analysis/schema.ts'
import { sourceSchema } from '../../scripts/collect/source.ts'
import { Failure } from '../../scripts/lib/errors.ts'
import { readJsonIfThere, readTextIfThere } from '../../scripts/lib/read.ts'
import { sanitizeRecord, sanitizeText } from '../../scripts/lib/text.ts'
import { files, listSessions, readSession } from '../../scripts/record/files.ts'
import { experimentSchema, sessionSchema } from '../../scripts/record/schema.ts'
import { readCurrentDigest } from '../../scripts/report/input.ts'
import { reasonAgainst } from './inside.ts'

export const sessionEntrySchema = z.object({
  kind: z.literal('session'),
  id: z.string(),
  folder: z.string(),
  session: sessionSchema,
  /** In the order of their verdicts, as the file has them: with several slots that is not the order of their numbers. */
  experiments: z.array(experimentSchema),
  /** null until `pnpm report` has run. */
  digest: digestSchema.nullable(),
  report: z.string().nullable(),
  /** report.source.md; null for a report of an older version, or of another tool. */
  prose: z.string().nullable().default(null),
  /** How a collected session was read; absent of one of this notebook's own. */
  source: sourceSchema.optional(),
})
export type SessionEntry = z.infer<typeof sessionEntrySchema>

export const brokenSchema = z.object({ kind: z.literal('broken'), id: z.string(), problem: z.string() })
export type Broken = z.infer<typeof brokenSchema>

export const entrySchema = z.discriminatedUnion('kind', [sessionEntrySchema, brokenSchema])
export type Entry = z.infer<typeof entrySchema>

/** Every session of a folder, by name; what cannot be read is in it as `broken`. */
export async function readEntries(root: string): Promise<Entry[]> {
  const ids = await listSessions(root)
  return Promise.all(ids.map(id => readEntry(root, id)))
}

export async function readEntry(root: string, id: string): Promise<Entry> {
  const folder = join(root, id)
  try {
    const against = await reasonAgainst(root, id)
    if (against !== null)
      return { kind: 'broken', id: sanitizeText(id), problem: `${sanitizeText(id)}: ${sanitizeText(against)}` }
    const { session, experiments } = await readSession(folder)
    const report = await readTextIfThere(files.report(folder))
    const prose = await readTextIfThere(files.reportSource(folder))
    const digest = await readCurrentDigest(folder)
    const source = (await readJsonIfThere(files.mapping(folder), sourceSchema)) ?? undefined
    return { kind: 'session', id, folder, ...sanitizeRecord({ session, experiments, digest, report, prose, source }) }
  } catch (error) {
    // A page says where in the notebook, not where on this machine.
    const problem = (failure: Failure) => `${failure.message} ${failure.advice}`.replaceAll(join(root, '/'), '')
    if (error instanceof Failure) return { kind: 'broken', id, problem: sanitizeText(problem(error), 1000) }
    throw error
  }
}
