/** The versions of program.md's prose that a session used: `program/<hash>.md` beside its records. */
import { join } from 'node:path'
import { listFiles } from '../../lib/files/listFiles.ts'
import { readRegularFile } from '../../lib/files/read.ts'
import { redact } from '../../lib/secrets/redact.ts'
import { maxBytes, maxFiles } from '../limits.ts'
import { files } from './paths.ts'
import { isWritableFile, restoreFolder, writeRecord } from './restore.ts'

/**
 * Stores a version atomically, unless it is already stored. API keys are removed from the text, but the file name is
 * the hash of the original text, as experiments record it.
 */
export async function keepProse(folder: string, prose: string, proseHash: string): Promise<void> {
  const path = files.prose(folder, proseHash)
  if (await isWritableFile(path)) return
  await restoreFolder(files.program(folder))
  await writeRecord(path, `${redact(prose)}\n`)
}

/** Whether a file name is a hash with the ending .md. */
const isVersion = (name: string): boolean => /^[0-9a-f]{64}\.md$/.test(name)

/** Names of the versions in a session's folder. */
export const listVersions = async (folder: string): Promise<string[]> =>
  (await listFiles(files.program(folder), maxFiles.program)).filter(isVersion)

/** Texts by hash. Files that are not named by a hash, or cannot be read, are left out. */
export async function readProgramTexts(folder: string): Promise<Record<string, string>> {
  const texts: Record<string, string> = {}
  for (const name of await listVersions(folder)) {
    const text = await readRegularFile(join(files.program(folder), name), maxBytes.source)
    if (text !== null) texts[name.slice(0, -'.md'.length)] = text.trim()
  }
  return texts
}
