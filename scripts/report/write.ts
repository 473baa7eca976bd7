/** Writes a session's digest.json, report.source.md and report.md. The same records give the same files. */
import { basename, dirname, join, resolve } from 'node:path'
import { digest as compute } from '../analysis/digest.ts'
import { type Digest, digestSchema } from '../analysis/schema.ts'
import { writeAtomic } from '../lib/disk.ts'
import { orWarn, readJsonIfThere } from '../lib/read.ts'
import { jsonText } from '../lib/text.ts'
import { files } from '../record/files.ts'
import { publicAddress } from './address.ts'
import { authorshipSentences } from './agent/disclose.ts'
import { askAgent, currentProse, type Prose, type ReportAuthor } from './agent/prose.ts'
import type { Writing } from './agent/schema.ts'
import { readReportInput } from './input.ts'
import { markdown } from './markdown.ts'
import type { ReportInput } from './sections/parts.ts'
import { template } from './sections/template.ts'

export interface Report {
  digest: Digest
  /** The agent's result; null if no agent was asked. */
  writing: Writing | null
}

/**
 * Writes the report and keeps an agent's earlier prose.
 * @param folder the session's folder
 * @throws {Failure} if its records cannot be read or the report cannot be written
 */
export async function writeReport(folder: string): Promise<Digest> {
  return (await writeReportBy(folder, { kind: 'previous' })).digest
}

/**
 * Writes the report with the prose of `author`. A complete report is on disk before an agent is asked, so its failure
 * loses nothing.
 */
export async function writeReportBy(folder: string, author: ReportAuthor): Promise<Report> {
  const input = await readReportInput(folder)
  await writeAtomic(files.digest(folder), jsonText(input.digest))
  const templateSource = template(input)
  const previous = await currentProse(folder, input, templateSource, author)
  const printed = await writeProse(folder, input, previous)
  if (author.kind !== 'agent') return { digest: input.digest, writing: previous.writing }
  const written = await askAgent(folder, input, templateSource, printed, author)
  if (written.writing.wrote || !previous.writing?.wrote) await writeProse(folder, input, written)
  return { digest: input.digest, writing: written.writing }
}

/** @returns the text of report.md */
async function writeProse(folder: string, input: ReportInput, { source, writing }: Prose): Promise<string> {
  const text = markdown({ ...input, written: authorshipSentences(writing) }, source, publicAddress())
  await writeAtomic(files.reportSource(folder), source)
  if (writing) await writeAtomic(files.reportCheck(folder), jsonText(writing))
  await writeAtomic(files.report(folder), text)
  return text
}

/** A session's records and its digest, which also uses the other sessions in the same folder. */
export async function readReportInput(folder: string): Promise<ReportInput> {
  const { session, experiments } = await readSession(folder)
  const patches = await readPatches(folder, experiments)
  const source = await readSource(folder)
  const digest = compute(session, experiments, patches, { source, others: await readOthers(folder, session) })
  return { digest, session, experiments, patches, source }
}

/**
 * Digests of the other sessions in the same folder with the same metric or data. A missing or outdated digest is
 * computed from the session's records alone; a session that cannot be read is skipped with a warning.
 */
async function readOthers(folder: string, { id, metric, data }: Session): Promise<Digest[]> {
  const root = dirname(resolve(folder))
  const others: Digest[] = []
  for (const name of await listSessions(root)) {
    const other = join(root, name)
    if (name === basename(resolve(folder))) continue
    const session = await orWarn(readSessionRecord(other))
    const same = session?.metric.name === metric.name || session?.data?.fingerprint === data?.fingerprint
    if (!session || session.id === id || !same) continue
    const found = await orWarn(readJsonIfThere(files.digest(other), digestSchema, digestAdvice(other)))
    const current = found?.schema === 2 ? found : await orWarn(computeAlone(other))
    if (current) others.push(current)
  }
  return others
}

async function computeAlone(folder: string): Promise<Digest> {
  const { session, experiments } = await readSession(folder)
  return compute(session, experiments, await readPatches(folder, experiments))
}
