/** Another notebook's session folder: checked by our schemas, cleaned, and copied file by file; never its journal. */
import { lstat, readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../lib/errors.ts'
import { readJson } from '../lib/read.ts'
import { sanitizeText } from '../lib/text.ts'
import { experimentName, files, readSession } from '../record/files.ts'
import { isVersion, MAX_VERSIONS } from '../record/prose.ts'
import type { Experiment, Session } from '../record/schema.ts'
import { type Note, type Source, sourceSchema } from './source.ts'
import { note } from './table/ledger.ts'
import type { ForeignSession } from './write.ts'

/** Bytes of one file, and of all that is copied. */
const most = {
  records: 256 * 2 ** 20,
  patch: 8 * 2 ** 20,
  log: 8 * 2 ** 20,
  curve: 32 * 2 ** 20,
  source: 2 ** 20,
  all: 2 * 2 ** 30,
}

/** @throws {Failure} when the records are not ours, or too large */
export async function readForeignSession(
  { folder, from }: { folder: string; from: string },
  id: string | null,
): Promise<ForeignSession> {
  for (const path of [files.session(folder), files.experiments(folder)]) {
    const size = await sizeOf(path)
    if (size === null) throw new Failure(`${path} is no file.`, 'Give a folder that a session has written.')
    if (size > most.records)
      throw new Failure(`${path} has ${Math.round(size / 2 ** 20)} MB.`, `It may have ${most.records / 2 ** 20} MB.`)
  }
  const record = cleanDeep(await readSession(folder))
  const numbers = record.experiments.map(e => e.number)
  if (new Set(numbers).size < numbers.length)
    throw new Failure(
      `${files.experiments(folder)} has an experiment twice.`,
      'It was edited by hand, or copied while it was written.',
    )
  const earlier =
    (await sizeOf(files.mapping(folder))) === null
      ? null
      : cleanDeep(await readJson(files.mapping(folder), sourceSchema))
  const { copies, notes } = await copiesOf(folder, record.experiments)
  return {
    session: {
      ...record.session,
      id: id ?? record.session.id,
      stop: record.session.stop ?? stillRunning,
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

const stillRunning = { kind: 'collected', detail: 'It had not ended when it was collected.' }

function sourceOf({ session, experiments }: { session: Session; experiments: Experiment[] }): Source {
  const words = Map.groupBy(experiments, e => e.status)
  return {
    schema: 1,
    kind: 'session',
    from: '',
    git: null,
    table: null,
    columns: [],
    metric: { name: session.metric.name, goal: session.metric.goal, why: 'Its own record says so.', sure: true },
    statuses: [...words].map(([status, rows]) => ({ word: status, as: status, rows: rows.length })),
    notes: [],
    doubts: [],
  }
}

/** Patches, logs and curves of the experiments that there are, the edited files and the prose: plain files within their limits, in plain folders. */
async function copiesOf(
  folder: string,
  experiments: Experiment[],
): Promise<{ copies: ForeignSession['copies']; notes: Note[] }> {
  const copies: ForeignSession['copies'] = []
  const left: number[] = []
  let total = 0
  const take = async (number: number, path: string, limit: number) => {
    const size = await sizeOf(path)
    if (size === null) return
    if (size > limit || total + size > most.all) left.push(number)
    else {
      total += size
      copies.push({ from: path, to: path.slice(folder.length + 1) })
    }
  }
  const isWhole = await isFolder(join(folder, 'runs'))
  for (const { number, runs } of isWhole ? experiments : []) {
    if (!(await isFolder(join(folder, 'runs', experimentName(number))))) continue
    await take(number, files.patch(folder, number), most.patch)
    for (const { k } of runs) {
      if (!(await isFolder(files.run(folder, number, k)))) continue
      await take(number, files.log(folder, number, k), most.log)
      await take(number, files.curve(folder, number, k), most.curve)
    }
  }
  if (await isFolder(files.source(folder))) {
    const entries = await readdir(files.source(folder), { recursive: true, withFileTypes: true })
    for (const entry of entries.filter(entry => entry.isFile()).slice(0, 100))
      await take(0, join(entry.parentPath, entry.name), most.source)
  }
  if (await isFolder(files.program(folder)))
    for (const name of (await readdir(files.program(folder))).filter(isVersion).slice(0, MAX_VERSIONS))
      await take(0, join(files.program(folder), name), most.source)
  const text = `Files of ${new Set(left).size} experiments are too large and were not copied.`
  return { copies, notes: left.length === 0 ? [] : [note('large-file', text, { experiments: [...new Set(left)] })] }
}

/** Links are not followed: they are neither files nor folders here. */
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

/** Every text in a record made harmless; numbers, names and their order stay. */
function cleanDeep<T>(value: T): T {
  if (typeof value === 'string') return sanitizeText(value, 4000) as T
  if (Array.isArray(value)) return value.map(cleanDeep) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [sanitizeText(name), cleanDeep(inner)])) as T
}
