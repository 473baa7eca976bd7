/** The versions of program.md's prose that a session was led by, kept beside its records: `program/<hash>.md`. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAtomic } from '../lib/disk.ts'
import { exists, ifThere } from '../lib/read.ts'
import { createRedactor } from '../lib/secrets.ts'
import { files } from './files.ts'

/** What a person writes for an agent to read is shorter; more versions than this nobody compares. */
export const mostVersions = 200
const mostBytes = 1_000_000

/**
 * Keeps a version where it is not kept yet, whole or not at all. Keys in it are taken out as in the records, so a text
 * that held one no longer has the hash that it is named by: the name is what experiments say they read.
 */
export async function keepProse(folder: string, prose: string, proseHash: string): Promise<void> {
  const path = files.prose(folder, proseHash)
  if (!(await exists(path))) await writeAtomic(path, `${createRedactor(process.env)(prose)}\n`)
}

/** Whether a file's name is that of a version. */
export const isVersion = (name: string): boolean => /^[0-9a-f]{64}\.md$/.test(name)

/** Texts by hash; none where the session kept none. A file that is not named by a hash is somebody's own. */
export async function readProgramTexts(folder: string): Promise<Record<string, string>> {
  const entries = (await ifThere(readdir(files.program(folder), { withFileTypes: true }))) ?? []
  const names = entries.filter(entry => entry.isFile() && isVersion(entry.name)).map(e => e.name)
  const texts = names.slice(0, mostVersions).map(async name => {
    const text = await readFile(join(files.program(folder), name), 'utf8')
    return [name.slice(0, -'.md'.length), text.slice(0, mostBytes).trim()] as const
  })
  return Object.fromEntries(await Promise.all(texts))
}
