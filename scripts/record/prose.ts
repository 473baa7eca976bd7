/** The versions of program.md's prose that a session used: `program/<hash>.md` beside its records. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAtomic } from '../lib/disk.ts'
import { exists, ifThere } from '../lib/read.ts'
import { redact } from '../lib/secrets/redact.ts'
import { files } from './files.ts'

/** Limits for folders that hold something else. */
export const MAX_VERSIONS = 200
const MAX_CHARACTERS = 1_000_000

/**
 * Stores a version atomically, unless it is already stored. API keys are removed from the text, but the file name is
 * the hash of the original text, as experiments record it.
 */
export async function keepProse(folder: string, prose: string, proseHash: string): Promise<void> {
  const path = files.prose(folder, proseHash)
  if (!(await exists(path))) await writeAtomic(path, `${redact(prose)}\n`)
}

/** Whether a file name is a hash with the ending .md. */
export const isVersion = (name: string): boolean => /^[0-9a-f]{64}\.md$/.test(name)

/** Texts by hash. Files that are not named by a hash are left out. */
export async function readProgramTexts(folder: string): Promise<Record<string, string>> {
  const entries = (await ifThere(readdir(files.program(folder), { withFileTypes: true }))) ?? []
  const names = entries.filter(entry => entry.isFile() && isVersion(entry.name)).map(e => e.name)
  const texts = names.slice(0, MAX_VERSIONS).map(async name => {
    const text = await readFile(join(files.program(folder), name), 'utf8')
    return [name.slice(0, -'.md'.length), text.slice(0, MAX_CHARACTERS).trim()] as const
  })
  return Object.fromEntries(await Promise.all(texts))
}
