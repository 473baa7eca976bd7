/** Writes a session's digest.json and report.md from its records; the same records give the same files. */
import { readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { writeWhole } from '../lib/disk.ts'
import { Failure } from '../lib/errors.ts'
import { files, listSessions, readJson, readSession } from '../record/files.ts'
import { type Experiment, type Session, sessionSchema } from '../record/schema.ts'
import { readSource } from '../record/source.ts'
import { digest as compute } from './digest.ts'
import { markdown } from './markdown.ts'
import { type Digest, digestSchema } from './schema.ts'

/** @param folder the session's @throws {Failure} when its records cannot be read or the report cannot be written */
export async function writeReport(folder: string): Promise<Digest> {
  const { session, experiments } = await readSession(folder)
  const digest = await computeDigest(folder, session, experiments)
  await writeWhole(files.digest(folder), `${JSON.stringify(digest, null, 2)}\n`)
  await writeWhole(files.report(folder), markdown(digest, session, experiments))
  return digest
}

/** The facts of a session in its folder, the other sessions beside it taken into account. */
export async function computeDigest(folder: string, session: Session, experiments: Experiment[]): Promise<Digest> {
  const patches = await readPatches(folder, experiments)
  const surroundings = { source: await readSource(folder), others: await readOthers(folder, session) }
  return compute(session, experiments, patches, surroundings)
}

/** Patches by experiment; one that is missing leaves what it did unknown and nothing else. */
async function readPatches(folder: string, experiments: Experiment[]): Promise<Map<number, string>> {
  const patches = new Map<number, string>()
  for (const { number } of experiments) {
    // The baseline changed nothing.
    const patch = number === 0 ? null : await readFile(files.patch(folder, number), 'utf8').catch(absent)
    if (patch !== null) patches.set(number, patch)
  }
  return patches
}

/**
 * Digests of the sessions beside this one that measured the same or used the same data. One that has none yet, or none
 * of this version, is computed from its records, without others in its turn; one that cannot be read counts for nothing.
 */
async function readOthers(folder: string, { id, metric, data }: Session): Promise<Digest[]> {
  const root = dirname(resolve(folder))
  const others: Digest[] = []
  for (const name of await listSessions(root)) {
    const other = join(root, name)
    if (name === basename(resolve(folder))) continue
    const session = await readJson(files.session(other), sessionSchema).catch(unreadable)
    const same = session?.metric.name === metric.name || session?.data?.fingerprint === data?.fingerprint
    if (!session || session.id === id || !same) continue
    const found = await readJson(files.digest(other), digestSchema).catch(unreadable)
    const current = found?.schema === 2 ? found : await computeAlone(other).catch(unreadable)
    if (current) others.push(current)
  }
  return others
}

async function computeAlone(folder: string): Promise<Digest> {
  const { session, experiments } = await readSession(folder)
  return compute(session, experiments, await readPatches(folder, experiments))
}

function unreadable(error: unknown): null {
  if (error instanceof Failure) return null
  throw error
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null
  throw error
}
