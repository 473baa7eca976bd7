/** Writes a session's digest.json and report.md from its records; the same records give the same files. */
import { readFile } from 'node:fs/promises'
import { writeWhole } from '../lib/disk.ts'
import { files, readSession } from '../record/files.ts'
import { digest as compute } from './digest.ts'
import { markdown } from './markdown.ts'
import type { Digest } from './schema.ts'

/** @param folder the session's @throws {Failure} when its records cannot be read or the report cannot be written */
export async function writeReport(folder: string): Promise<Digest> {
  const { session, experiments } = await readSession(folder)
  const kept = experiments.filter(e => e.status === 'keep' && e.number > 0).map(e => e.number)
  const digest = compute(session, experiments, await readPatches(folder, kept))
  await writeWhole(files.digest(folder), `${JSON.stringify(digest, null, 2)}\n`)
  await writeWhole(files.report(folder), markdown(digest, session, experiments))
  return digest
}

/** Patches by experiment; one that is missing leaves its constants unknown and nothing else. */
async function readPatches(folder: string, numbers: number[]): Promise<Map<number, string>> {
  const patches = new Map<number, string>()
  for (const number of numbers) {
    const patch = await readFile(files.patch(folder, number), 'utf8').catch(absent)
    if (patch !== null) patches.set(number, patch)
  }
  return patches
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null
  throw error
}
