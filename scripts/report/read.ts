/** A session that has its report, from its folder: for rendering the report again without computing anything anew. */
import { basename } from 'node:path'
import type { Digest } from '../analysis/schema.ts'
import { Failure } from '../lib/errors.ts'
import { readText } from '../lib/read.ts'
import { digestAdvice, files, readSession } from '../record/files.ts'
import { readPatches } from '../record/patches.ts'
import type { Experiment, Session } from '../record/schema.ts'
import { readSource } from '../record/source.ts'
import { writtenBy } from './agent/disclose.ts'
import { readWriting } from './agent/read.ts'
import { readCurrentDigest } from './input.ts'
import type { ReportInput } from './sections/parts.ts'

/** @throws {Failure} when there is no report yet, or a record cannot be read */
export async function openReport(folder: string): Promise<{ input: ReportInput; source: string }> {
  const { session, experiments } = await readSession(folder)
  const digest = await readCurrentDigest(folder)
  if (digest === null) throw new Failure(`${files.digest(folder)} does not exist.`, digestAdvice(folder))
  const source = await readText(files.reportSource(folder), `\`pnpm report ${basename(folder)}\` writes it again.`)
  return { input: await withChanges(folder, session, experiments, digest), source }
}

/** The session with what the kept changes are made of, and who wrote of it. */
export async function withChanges(
  folder: string,
  session: Session,
  experiments: Experiment[],
  digest: Digest,
): Promise<ReportInput> {
  const kept = experiments.filter(e => e.status === 'keep')
  const patches = await readPatches(folder, kept)
  const written = writtenBy(await readWriting(folder))
  return { digest, session, experiments, patches, source: await readSource(folder), written }
}
