/** Reads a session and its report, to render the report again without recomputing it. */
import { basename } from 'node:path'
import { readDigest } from '../analysis/readDigest.ts'
import type { Digest } from '../analysis/schema.ts'
import { command } from '../lib/command.ts'
import { Failure } from '../lib/errors.ts'
import { exists, readText } from '../lib/files/read.ts'
import { publicRecord, publicText } from '../lib/secrets/publish.ts'
import { readAdopted } from '../record/files/adopted.ts'
import { readFinalPatch, readPatches } from '../record/files/patches.ts'
import { digestAdvice, files, readSession } from '../record/files/paths.ts'
import { readSource } from '../record/files/source.ts'
import { readImported } from '../record/imported.ts'
import type { Experiment, Session } from '../record/schema.ts'
import { authorshipSentences } from './agent/disclose.ts'
import { readWriting } from './agent/read.ts'
import { readCurrentDigest, readReportInput } from './input.ts'
import type { ReportInput } from './sections/parts.ts'
import { template } from './sections/template.ts'

/**
 * Facts and source of a report that the template of an older version wrote, by the present one; null for any other report.
 * The old source refers to facts that may not exist any more. What an agent wrote is its own, and stays.
 * @throws {Failure} if a record cannot be read
 */
export async function renewedReport(folder: string): Promise<{ input: ReportInput; source: string } | null> {
  if ((await readDigest(folder)).kind !== 'older' || (await exists(files.reportCheck(folder)))) return null
  const input = await readReportInput(folder)
  return { input, source: template(input) }
}

/** @throws {Failure} if there is no report yet, or a record cannot be read */
export async function openReport(folder: string): Promise<{ input: ReportInput; source: string }> {
  const renewed = await renewedReport(folder)
  if (renewed !== null) return renewed
  const { session, experiments } = await readSession(folder)
  const digest = await readCurrentDigest(folder)
  if (digest === null) throw new Failure(`${files.digest(folder)} does not exist.`, digestAdvice(folder))
  const source = await readText(
    files.reportSource(folder),
    `\`${command(`report ${basename(folder)}`)}\` writes it again.`,
  )
  return { input: await withChanges(folder, session, experiments, digest), source: publicText(source) }
}

/** A session with the patches of its kept changes and the sentences on who wrote its prose. */
export async function withChanges(
  folder: string,
  session: Session,
  experiments: Experiment[],
  digest: Digest,
): Promise<ReportInput> {
  const kept = experiments.filter(e => e.status === 'keep')
  const patches = await readPatches(folder, kept)
  const written = authorshipSentences(await readWriting(folder))
  const finalPatch = await readFinalPatch(folder, session)
  const imported = await readImported(folder)
  const source = await readSource(folder)
  const adopted = await readAdopted(folder)
  return publicRecord({ digest, session, experiments, patches, source, finalPatch, imported, adopted, written })
}
