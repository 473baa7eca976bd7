/** Writes a session's digest.json, report.source.md and report.md. The same records give the same files. */
import type { Digest } from '../analysis/schema.ts'
import { writeAtomic } from '../lib/files/disk.ts'
import { failpoint } from '../lib/process/failpoint.ts'
import { jsonText } from '../lib/text.ts'
import { files } from '../record/files/paths.ts'
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
 * The same without the other sessions of the notebook. Where hundreds are brought at once, each would read all others: the
 * report of one that was run here, and `pnpm report`, do.
 */
export async function writeReportAlone(folder: string): Promise<Digest> {
  return (await writeReportBy(folder, { kind: 'previous' }, true)).digest
}

/**
 * Writes the report with the prose of `author`. A complete report is on disk before an agent is asked, so its failure
 * loses nothing.
 */
export async function writeReportBy(folder: string, author: ReportAuthor, alone = false): Promise<Report> {
  const input = await readReportInput(folder, undefined, alone)
  await writeAtomic(files.digest(folder), jsonText(input.digest))
  failpoint('digest written')
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
  const text = markdown({ ...input, written: authorshipSentences(writing) }, source, { site: publicAddress() })
  await writeAtomic(files.reportSource(folder), source)
  if (writing) await writeAtomic(files.reportCheck(folder), jsonText(writing))
  failpoint('report source written')
  // Last: a report.md that is there is whole.
  await writeAtomic(files.report(folder), text)
  failpoint('report written')
  return text
}
