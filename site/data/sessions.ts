/** Reads the sessions folder. A session that cannot be read becomes a `broken` entry and does not stop the others. */

import { join } from 'node:path'
import { z } from 'zod'
import { adoptionLines } from '../../scripts/analysis/result/adoption.ts'
import { digestSchema } from '../../scripts/analysis/schema.ts'
import { sourceSchema, storedSource } from '../../scripts/collect/source.ts'
import { Failure } from '../../scripts/lib/errors.ts'
import { readJsonIfThere, readRegularFile } from '../../scripts/lib/files/read.ts'
import { publicRecord, publicText } from '../../scripts/lib/secrets/publish.ts'
import { sanitizeRecord, sanitizeText } from '../../scripts/lib/text.ts'
import { readAdopted } from '../../scripts/record/files/adopted.ts'
import { files, listSessions, readSession } from '../../scripts/record/files/paths.ts'
import { readPosts } from '../../scripts/record/files/posts.ts'
import { maxBytes } from '../../scripts/record/limits.ts'
import { experimentSchema, sessionSchema } from '../../scripts/record/schema.ts'
import { readCurrentDigest } from '../../scripts/report/input.ts'
import { renewedReport } from '../../scripts/report/read.ts'
import { postLinks } from './session/posts.ts'
import { inspectFolder } from './sessionFolder.ts'

export const sessionEntrySchema = z.object({
  kind: z.literal('session'),
  id: z.string(),
  folder: z.string(),
  session: sessionSchema,
  /** In the order of the verdicts, as in the file; with several slots that differs from the order of the numbers. */
  experiments: z.array(experimentSchema),
  /** null until `pnpm report` has run. */
  digest: digestSchema.nullable(),
  report: z.string().nullable(),
  /** Text of report.source.md; null for a report by an older version or another tool. */
  prose: z.string().nullable().default(null),
  /** How a collected session was read; absent for sessions of this notebook. */
  source: sourceSchema.optional(),
  /** Where it was posted, oldest first; absent where it was not, or to no https address. */
  posts: z.array(z.object({ address: z.string(), text: z.string() })).optional(),
  /** Branches that were made of it, a line each; absent where there are none. */
  adopted: z.array(z.string()).optional(),
  /** Files that pages are made without, and why; absent where there are none. */
  leftOut: z.array(z.string()).optional(),
})
export type SessionEntry = z.infer<typeof sessionEntrySchema>

export const brokenSchema = z.object({ kind: z.literal('broken'), id: z.string(), problem: z.string() })
export type Broken = z.infer<typeof brokenSchema>

export const entrySchema = z.discriminatedUnion('kind', [sessionEntrySchema, brokenSchema])
export type Entry = z.infer<typeof entrySchema>

/** All sessions of a folder by name, broken ones included. */
export async function readEntries(root: string): Promise<Entry[]> {
  const ids = await listSessions(root)
  return Promise.all(ids.map(id => readEntry(root, id)))
}

export async function readEntry(root: string, id: string): Promise<Entry> {
  const folder = join(root, id)
  try {
    const { problem, leftOut } = await inspectFolder(root, id)
    if (problem !== null)
      return { kind: 'broken', id: sanitizeText(id), problem: `${sanitizeText(id)}: ${sanitizeText(problem)}` }
    const { session, experiments } = await readSession(folder)
    const report = await readRegularFile(files.report(folder), maxBytes.report)
    const renewed = await renewedReport(folder)
    const prose = renewed?.source ?? (await readRegularFile(files.reportSource(folder), maxBytes.report))
    const digest = renewed?.input.digest ?? (await readCurrentDigest(folder))
    const source = (await readJsonIfThere(files.mapping(folder), storedSource)) ?? undefined
    const records = { session, experiments, digest, report, prose, source, leftOut }
    const posts = postLinks(await readPosts(folder))
    const adopted = digest === null ? [] : publicRecord(adoptionLines(await readAdopted(folder), digest))
    return {
      kind: 'session',
      id,
      folder,
      ...publicRecord(sanitizeRecord(records)),
      ...(posts.length > 0 ? { posts } : {}),
      ...(adopted.length > 0 ? { adopted } : {}),
    }
  } catch (error) {
    // Pages show paths relative to the notebook, not of this machine.
    const problem = (failure: Failure) => `${failure.message} ${failure.advice}`.replaceAll(join(root, '/'), '')
    if (error instanceof Failure) return { kind: 'broken', id, problem: publicText(sanitizeText(problem(error), 1000)) }
    // Nothing that one session's folder holds may keep the others' pages from being built.
    const found = error instanceof Error ? error.message : String(error)
    return { kind: 'broken', id, problem: publicText(sanitizeText(`${id} cannot be read: ${found}`, 1000)) }
  }
}
