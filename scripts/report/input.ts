/** What a report is made from: a session's records and the facts computed from them, in view of the other sessions. */
import { basename, dirname, join, resolve } from 'node:path'
import { digest as compute } from '../analysis/digest.ts'
import { readDigest } from '../analysis/readDigest.ts'
import type { Digest } from '../analysis/schema.ts'
import { orWarn } from '../lib/files/read.ts'
import { publicRecord } from '../lib/secrets/publish.ts'
import { readAdopted } from '../record/files/adopted.ts'
import { readFinalPatch, readInheritedPatch, readPatches } from '../record/files/patches.ts'
import { listSessions, readSession, readSessionRecord } from '../record/files/paths.ts'
import { readConfirmRows } from '../record/files/rows.ts'
import { readSource } from '../record/files/source.ts'
import { readImported } from '../record/imported.ts'
import type { Session } from '../record/schema.ts'
import type { ReportInput } from './sections/parts.ts'

/**
 * Computed from the records, without keys and names of the user and machine.
 * @param clean takes these out
 * @throws {Failure} when a record cannot be read
 */
export async function readReportInput(folder: string, clean: <T>(record: T) => T = publicRecord): Promise<ReportInput> {
  const { session, experiments } = await readSession(folder)
  const patches = await readPatches(folder, experiments)
  const source = await readSource(folder)
  const finalPatch = await readFinalPatch(folder, session)
  const others = await readOthers(folder, session, clean)
  const rows = await readConfirmRows(folder, experiments)
  const imported = await readImported(folder)
  const adopted = await readAdopted(folder)
  const { inheritedPatch, ...records } = clean({
    session,
    experiments,
    patches,
    source,
    finalPatch,
    inheritedPatch: readInheritedPatch(folder, session),
    imported,
    adopted,
  })
  const about = { source: records.source, others, finalPatch: records.finalPatch, inheritedPatch, rows }
  return { ...records, digest: compute(records.session, records.experiments, records.patches, about) }
}

/** The stored digest, or a computed one where an older version stored it; null before the first report. @throws {Failure} */
export async function readCurrentDigest(folder: string): Promise<Digest | null> {
  const stored = await readDigest(folder)
  switch (stored.kind) {
    case 'current':
      return stored.digest
    case 'older':
      return (await readReportInput(folder)).digest
    case 'missing':
      return null
  }
}

/**
 * Digests of the sessions beside this one that have its metric or its data. Where none is stored, or an older version
 * stored it, it is computed from the session's records, without other sessions. A session that cannot be read is left
 * out with a warning.
 */
async function readOthers(
  folder: string,
  { id, metric, data }: Session,
  clean: (digest: Digest) => Digest,
): Promise<Digest[]> {
  const root = dirname(resolve(folder))
  const others: Digest[] = []
  for (const name of await listSessions(root)) {
    const other = join(root, name)
    if (name === basename(resolve(folder))) continue
    const session = await orWarn(readSessionRecord(other))
    const same = session?.metric.name === metric.name || session?.data?.fingerprint === data?.fingerprint
    if (!session || session.id === id || !same) continue
    const stored = await orWarn(readDigest(other))
    const digest = stored?.kind === 'current' ? stored.digest : await orWarn(computeAlone(other))
    if (digest) others.push(clean(digest))
  }
  return others
}

async function computeAlone(folder: string): Promise<Digest> {
  const { session, experiments } = await readSession(folder)
  return compute(session, experiments, await readPatches(folder, experiments))
}
