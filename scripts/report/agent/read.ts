/** What report.check.json beside a session's report says. */
import { files, readJson } from '../../record/files.ts'
import { type Writing, writingSchema } from './schema.ts'

/** null where nobody was asked to write, or the file is not ours. */
export const readWriting = (folder: string): Promise<Writing | null> =>
  readJson(files.reportCheck(folder), writingSchema).catch(() => null)
