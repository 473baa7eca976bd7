/** Writes a collected session to its folder, or adds rows that are new since the last import. */
import { join } from 'node:path'
import type { Digest } from '../analysis/schema.ts'
import { Failure } from '../lib/errors.ts'
import { writeAtomic } from '../lib/files/disk.ts'
import { exists, readTextIfThere } from '../lib/files/read.ts'
import { readFound } from '../lib/files/regularFile.ts'
import { freePath } from '../lib/files/remove.ts'
import { contains } from '../lib/paths.ts'
import { placeholder } from '../lib/secrets/patterns.ts'
import { redact, redactRecord } from '../lib/secrets/redact.ts'
import { jsonLine, jsonText } from '../lib/text.ts'
import { files, readSession } from '../record/files/paths.ts'
import { resultsHeader, resultsLine } from '../record/files/results.ts'
import type { Experiment, Session } from '../record/schema.ts'
import { writeReport } from '../report/write.ts'
import type { Source } from './source.ts'

export interface ForeignSession {
  session: Session
  experiments: Experiment[]
  source: Source
  /** change.patch by experiment. */
  patches: Map<number, string>
  /** The baseline's versions of the edited files, by path. */
  edited: Map<string, string>
  /** Versions of program.md's prose, by hash. */
  prose: Map<string, string>
  /** The source folder of `copies`; null if nothing is copied. */
  home: string | null
  /** Files to copy, without keys: `from` path, `to` relative to the session's folder, of at most `limit` bytes. */
  copies: { from: string; to: string; limit: number }[]
}

export interface Collected {
  id: string
  folder: string
  /** `dry`: nothing was written (--dry-run). */
  state: 'new' | 'same' | 'longer' | 'changed' | 'dry'
  experiments: number
  /** Experiments that changed since the last import. */
  changed: number[]
  source: Source
  digest: Digest | null
}

/** @param report writes the session's report @throws {Failure} if the folder holds another session */
export async function saveSession(
  root: string,
  given: ForeignSession,
  dry: boolean,
  report = writeReport,
): Promise<Collected> {
  const foreign = withoutKeys(given)
  const { session, experiments, source } = foreign
  if (!/^[A-Za-z0-9][\w.-]{0,120}$/.test(session.id) || !contains(root, join(root, session.id)))
    throw new Failure(
      `${JSON.stringify(session.id.slice(0, 120))} is not a valid session id.`,
      'Use letters, digits and dashes: --session-id.',
    )
  const folder = join(root, session.id)
  if (foreign.home !== null && contains(root, foreign.home))
    throw new Failure(`${session.id} is already in this notebook.`, 'Collect sessions from other folders.')
  const earlier = await knownSession(folder)
  const changed = earlier ? changedExperiments(earlier, foreign) : []
  const found = { id: session.id, folder, experiments: experiments.length, changed, source }
  if (dry) return { ...found, state: 'dry', digest: null }

  let wrote = await copyAll(foreign, folder)
  for (const [path, text] of texts(folder, foreign)) wrote = (await writeIfNew(path, text)) || wrote
  const state =
    earlier === null
      ? 'new'
      : changed.length > 0
        ? 'changed'
        : experiments.length > earlier.experiments.length
          ? 'longer'
          : wrote
            ? 'changed'
            : 'same'
  return { ...found, state, digest: await report(folder) }
}

/** What enters the notebook holds no key. `home` and `copies` are paths; the files are redacted when they are copied. */
function withoutKeys({ home, copies, ...records }: ForeignSession): ForeignSession {
  const clean = redactRecord(records)
  const id = clean.session.id.replaceAll(placeholder, 'key')
  return { ...clean, session: { ...clean.session, id }, home, copies }
}

/** The session that was collected earlier under this id. @throws {Failure} if the folder's session was not collected */
async function knownSession(folder: string): Promise<{ session: Session; experiments: Experiment[] } | null> {
  if (!(await exists(files.session(folder)))) return null
  const known = await readSession(folder)
  if (known.session.source) return known
  throw new Failure(
    `${folder} is a session that was run in this notebook.`,
    'Choose another id for the collected session: --session-id.',
  )
}

/** Experiments that changed. @throws {Failure} if it is another session, or has fewer rows */
function changedExperiments(
  known: { session: Session; experiments: Experiment[] },
  { session, experiments }: ForeignSession,
): number[] {
  const key = ({ metric, description, row, status }: Experiment | (Experiment & { row: undefined })) =>
    JSON.stringify([metric, description, row?.status ?? status])
  const now = new Map(experiments.map(e => [e.number, key(e)]))
  const changed = known.experiments.filter(e => now.get(e.number) !== key(e)).map(e => e.number)
  const from = session.source?.from
  if (changed.length > 0 && from !== known.session.source?.from)
    throw new Failure(
      `sessions/${session.id} holds another session, from ${known.session.source?.from}.`,
      'Choose another id for this one: --session-id, --tag or --machine.',
    )
  if (experiments.length < known.experiments.length)
    throw new Failure(
      `${from} has ${experiments.length} rows; ${known.experiments.length} were collected before as ${session.id}.`,
      'Use --session-id to keep both, or delete the folder first.',
    )
  return changed
}

function texts(
  folder: string,
  { session, experiments, source, patches, edited, prose }: ForeignSession,
): [string, string][] {
  const root = files.source(folder)
  return [
    ...[...edited]
      .filter(([path]) => contains(root, path))
      .map(([path, text]): [string, string] => [join(root, path), text]),
    ...[...prose].map(([hash, text]): [string, string] => [files.prose(folder, hash), text]),
    ...[...patches].map(([number, text]): [string, string] => [files.patch(folder, number), text]),
    [files.experiments(folder), experiments.map(e => jsonLine(e)).join('')],
    [files.results(folder), resultsHeader(session.metric.name) + experiments.map(resultsLine).join('')],
    [files.mapping(folder), jsonText(source)],
    // Written last: a folder is a session only once this file exists.
    [files.session(folder), jsonText(session)],
  ]
}

async function writeIfNew(path: string, text: string): Promise<boolean> {
  if ((await readTextIfThere(path)) === text) return false
  await writeAtomic(path, text)
  return true
}

async function copyAll({ copies }: ForeignSession, folder: string): Promise<boolean> {
  let copied = false
  for (const { from, to, limit } of copies) {
    const path = join(folder, to)
    const there = await readFound(from, { limit })
    // It was replaced since it was listed.
    if (there.kind !== 'file') continue
    // By bytes: a log may have any encoding.
    const bytes = Buffer.from(redact(there.bytes.toString('latin1')), 'latin1')
    const here = await readFound(path, { limit })
    if (here.kind === 'file' && here.bytes.equals(bytes)) continue
    if (here.kind === 'unreadable') await freePath(path)
    await writeAtomic(path, bytes)
    copied = true
  }
  return copied
}
