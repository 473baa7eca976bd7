/** Reads report.check.json of a session. */
import { basename } from 'node:path'
import { command } from '../../lib/command.ts'
import { readJsonIfThere } from '../../lib/files/read.ts'
import { files } from '../../record/files/paths.ts'
import { type Writing, writingSchema } from './schema.ts'

/** null if no agent was asked. @throws {Failure} if the file is damaged, so that an agent's prose is not overwritten */
export async function readWriting(folder: string): Promise<Writing | null> {
  const advice = `Restore it from a copy, or write the report without an agent: \`${command(`report ${basename(folder)} --agent none`)}\`.`
  return readJsonIfThere(files.reportCheck(folder), writingSchema, advice)
}
