/** Writes a session's digest.json, report.source.md and report.md from its records; the same records give the same files. */
import type { Digest } from '../analysis/schema.ts'
import { writeWhole } from '../lib/disk.ts'
import { jsonText } from '../lib/text.ts'
import { files } from '../record/files.ts'
import { publicAddress } from './address.ts'
import { writtenBy } from './agent/disclose.ts'
import { ask, type Pen, type Prose, present } from './agent/prose.ts'
import type { Writing } from './agent/schema.ts'
import { readReportInput } from './input.ts'
import { markdown } from './markdown.ts'
import type { ReportInput } from './sections/parts.ts'
import { template } from './sections/template.ts'

export interface Report {
  digest: Digest
  /** How the agent did that was asked; null: nobody was. */
  writing: Writing | null
}

/** @param folder the session's @throws {Failure} when its records cannot be read or the report cannot be written */
export async function writeReport(folder: string): Promise<Digest> {
  return (await writeReportBy(folder, { by: 'keep' })).digest
}

/** The same by whoever has the pen. An agent is asked when there is a report already, and its failure is none of ours. */
export async function writeReportBy(folder: string, pen: Pen): Promise<Report> {
  const input = await readReportInput(folder)
  await writeWhole(files.digest(folder), jsonText(input.digest))
  const plain = template(input)
  const before = await present(folder, input, plain, pen)
  const printed = await writeProse(folder, input, before)
  if (pen.by !== 'agent') return { digest: input.digest, writing: before.writing }
  const after = await ask(folder, input, plain, printed, pen)
  if (after.writing.wrote || !before.writing?.wrote) await writeProse(folder, input, after)
  return { digest: input.digest, writing: after.writing }
}

/** @returns report.md */
async function writeProse(folder: string, input: ReportInput, { source, writing }: Prose): Promise<string> {
  const text = markdown({ ...input, written: writtenBy(writing) }, source, publicAddress())
  await writeWhole(files.reportSource(folder), source)
  if (writing) await writeWhole(files.reportCheck(folder), jsonText(writing))
  await writeWhole(files.report(folder), text)
  return text
}
