/** What report.check.json beside a session's report says. */

import { basename } from 'node:path'
import { storedCommand } from '../../lib/command.ts'
import { readJsonIfThere } from '../../lib/read.ts'
import { files } from '../../record/files.ts'
import { type Writing, writingSchema } from './schema.ts'

/** null where nobody was asked to write. @throws {Failure} when it does not read: an agent's report is not lost for that */
export async function readWriting(folder: string): Promise<Writing | null> {
  const advice = `Restore it from a copy, or write the report without an agent: \`${storedCommand(`report ${basename(folder)} --agent none`)}\`.`
  return readJsonIfThere(files.reportCheck(folder), writingSchema, advice)
}
