/** What report.check.json beside a session's report says. */
import { Failure } from '../../lib/errors.ts'
import { files, readJson } from '../../record/files.ts'
import { type Writing, writingSchema } from './schema.ts'

/** null where nobody was asked to write, or the file is not ours. */
export async function readWriting(folder: string): Promise<Writing | null> {
  return readJson(files.reportCheck(folder), writingSchema).catch((error: unknown) => {
    if (error instanceof Failure) return null
    throw error
  })
}
