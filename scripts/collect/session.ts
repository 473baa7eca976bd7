/** Reads a session folder of another notebook: validated, sanitised and copied file by file, without its journal. */
import { lstat, readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../lib/errors.ts'
import { readJson } from '../lib/read.ts'
import { sanitizeText } from '../lib/text.ts'
import { experimentName, files, readSession } from '../record/files.ts'
import { isVersion, MAX_VERSIONS } from '../record/prose.ts'
import type { Experiment, Session } from '../record/schema.ts'
import { sourceVersion } from '../record/schema1.ts'
import { type Note, type Source, storedSource } from './source.ts'
import { note } from './table/notes.ts'
import type { ForeignSession } from './write.ts'

/** Limits in bytes, per file and for all copies together. */
const MAX_BYTES = {
  records: 256 * 2 ** 20,
  patch: 8 * 2 ** 20,
  log: 8 * 2 ** 20,
  curve: 32 * 2 ** 20,
  rows: 2 ** 16,
  source: 2 ** 20,
  all: 2 * 2 ** 30,
}

/** @throws {Failure} if the records are not in our format, or too large */
export async function readForeignSession(
  { folder, from }: { folder: string; from: string },
  id: string | null,
): Promise<ForeignSession> {
  for (const path of [files.session(folder), files.experiments(folder)]) {
    const size = await sizeOf(path)
    if (size === null) throw new Failure(`${path} is not a file.`, 'Give the folder of a session.')
    if (size > MAX_BYTES.records)
      throw new Failure(
        `${path} has ${Math.round(size / 2 ** 20)} MB.`,
        `The limit is ${MAX_BYTES.records / 2 ** 20} MB.`,
      )
  }
  const record = sanitizeDeep(await readSession(folder))
  const numbers = record.experiments.map(e => e.number)
  if (new Set(numbers).size < numbers.length)
    throw new Failure(
      `${files.experiments(folder)} lists an experiment twice.`,
      'The file was edited, or copied while it was being written. Copy it again.',
    )
  const earlier =
    (await sizeOf(files.mapping(folder))) === null
      ? null
      : sanitizeDeep(await readJson(files.mapping(folder), storedSource))
  const { copies, notes } = await copiesOf(folder, record.experiments)
  return {
    session: {
      ...record.session,
      id: id ?? record.session.id,
      stop: record.session.stop ?? STILL_RUNNING,
      source: { kind: earlier?.kind ?? 'session', from },
    },
    experiments: record.experiments,
    source: { ...(earlier ?? sourceOf(record)), from, notes: [...(earlier?.notes ?? []), ...notes] },
    patches: new Map(),
    edited: new Map(),
    prose: new Map(),
    copies,
    home: await realpath(folder),
  }
}

const STILL_RUNNING = { kind: 'collected', detail: 'It had not ended when it was collected.' }

function sourceOf({ session, experiments }: { session: Session; experiments: Experiment[] }): Source {
  const words = Map.groupBy(experiments, e => e.status)
  return {
    schema: sourceVersion,
    kind: 'session',
    from: '',
    git: null,
    table: null,
    columns: [],
    metric: { name: session.metric.name, goal: session.metric.goal, why: 'Its own record says so.', sure: true },
    statuses: [...words].map(([status, rows]) => ({ word: status, as: status, rows: rows.length })),
    notes: [],
    warnings: [],
  }
}

/**
 * Patches, logs, curves and scored rows of the experiments, edited files and prose: regular files within the size limits, in real
 * folders.
 */
async function copiesOf(
  folder: string,
  experiments: Experiment[],
): Promise<{ copies: ForeignSession['copies']; notes: Note[] }> {
  const copies: ForeignSession['copies'] = []
  const tooLarge: number[] = []
  let total = 0
  const take = async (number: number, path: string, limit: number) => {
    const size = await sizeOf(path)
    if (size === null) return
    if (size > limit || total + size > MAX_BYTES.all) tooLarge.push(number)
    else {
      total += size
      copies.push({ from: path, to: path.slice(folder.length + 1) })
    }
  }
  const isWhole = await isFolder(join(folder, 'runs'))
  for (const { number, runs } of isWhole ? experiments : []) {
    if (!(await isFolder(join(folder, 'runs', experimentName(number))))) continue
    await take(number, files.patch(folder, number), MAX_BYTES.patch)
    for (const { k } of runs) {
      if (!(await isFolder(files.run(folder, number, k)))) continue
      await take(number, files.log(folder, number, k), MAX_BYTES.log)
      await take(number, files.curve(folder, number, k), MAX_BYTES.curve)
      for (const split of ['val', 'holdout'] as const)
        await take(number, files.rows(folder, number, k, split), MAX_BYTES.rows)
    }
  }
  await take(0, files.finalPatch(folder), MAX_BYTES.patch)
  if (await isFolder(files.source(folder))) {
    const entries = await readdir(files.source(folder), { recursive: true, withFileTypes: true })
    for (const entry of entries.filter(entry => entry.isFile()).slice(0, 100))
      await take(0, join(entry.parentPath, entry.name), MAX_BYTES.source)
  }
  if (await isFolder(files.program(folder)))
    for (const name of (await readdir(files.program(folder))).filter(isVersion).slice(0, MAX_VERSIONS))
      await take(0, join(files.program(folder), name), MAX_BYTES.source)
  const text = `Files of ${new Set(tooLarge).size} experiments are too large and were not copied.`
  return {
    copies,
    notes: tooLarge.length === 0 ? [] : [note('large-file', text, { experiments: [...new Set(tooLarge)] })],
  }
}

/** Size of a regular file; null for anything else, links included. */
const sizeOf = (path: string): Promise<number | null> =>
  lstat(path).then(
    found => (found.isFile() ? found.size : null),
    () => null,
  )
const isFolder = (path: string): Promise<boolean> =>
  lstat(path).then(
    found => found.isDirectory(),
    () => false,
  )

/** Sanitises every string in a record; numbers, keys and their order stay. */
function sanitizeDeep<T>(value: T): T {
  if (typeof value === 'string') return sanitizeText(value, 4000) as T
  if (Array.isArray(value)) return value.map(sanitizeDeep) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [sanitizeText(name), sanitizeDeep(inner)]),
  ) as T
}
