/** Reads a session folder of another notebook: validated, sanitised and copied file by file, without its journal. */
import { lstat, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../lib/errors.ts'
import { isFolder, listFiles } from '../lib/files/listFiles.ts'
import { readJsonIfThere } from '../lib/files/read.ts'
import { kindOf } from '../lib/files/regularFile.ts'
import { sanitizeText } from '../lib/text.ts'
import { experimentName, files, readSession } from '../record/files/paths.ts'
import { listVersions } from '../record/files/prose.ts'
import { maxBytes, maxFiles } from '../record/limits.ts'
import type { Experiment, Session } from '../record/schema.ts'
import { sourceVersion } from '../record/schema1.ts'
import { type Note, type Source, storedSource } from './source.ts'
import { note } from './table/notes.ts'
import type { ForeignSession } from './write.ts'

/** @throws {Failure} if the records are not in our format, no regular files, or too large */
export async function readForeignSession(
  { folder, from }: { folder: string; from: string },
  id: string | null,
): Promise<ForeignSession> {
  const record = sanitizeDeep(await readSession(folder))
  const numbers = record.experiments.map(e => e.number)
  if (new Set(numbers).size < numbers.length)
    throw new Failure(
      `${files.experiments(folder)} lists an experiment twice.`,
      'The file was edited, or copied while it was being written. Copy it again.',
    )
  const earlier = sanitizeDeep(await readJsonIfThere(files.mapping(folder), storedSource))
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

const STILL_RUNNING = { kind: 'collected', detail: 'It had not ended when it was brought here.' }

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
 * Patches, logs, curves and scored rows of the experiments, edited files and prose: regular files within the size limits,
 * in real folders.
 */
async function copiesOf(
  folder: string,
  experiments: Experiment[],
): Promise<{ copies: ForeignSession['copies']; notes: Note[] }> {
  const copies: ForeignSession['copies'] = []
  const left: { number: number; what: string }[] = []
  let total = 0
  const take = async (number: number, path: string, limit: number) => {
    const stats = await lstat(path).catch(() => null)
    if (stats === null) return
    const to = path.slice(folder.length + 1)
    const what = kindOf(stats) ?? (stats.size > limit || total + stats.size > maxBytes.collected ? 'too large' : null)
    if (what !== null) return void left.push({ number, what: `${sanitizeText(to, 200)} is ${what}` })
    total += stats.size
    copies.push({ from: path, to, limit })
  }
  const isWhole = await isFolder(join(folder, 'runs'))
  for (const { number, runs } of isWhole ? experiments : []) {
    if (!(await isFolder(join(folder, 'runs', experimentName(number))))) continue
    await take(number, files.patch(folder, number), maxBytes.patch)
    for (const { k } of runs) {
      if (!(await isFolder(files.run(folder, number, k)))) continue
      await take(number, files.log(folder, number, k), maxBytes.log)
      await take(number, files.curve(folder, number, k), maxBytes.curve)
      for (const split of ['val', 'holdout'] as const)
        await take(number, files.rows(folder, number, k, split), maxBytes.rows)
    }
  }
  await take(0, files.finalPatch(folder), maxBytes.patch)
  for (const path of await listFiles(files.source(folder), maxFiles.source))
    await take(0, join(files.source(folder), path), maxBytes.source)
  for (const name of await listVersions(folder)) await take(0, join(files.program(folder), name), maxBytes.source)
  return { copies, notes: left.length === 0 ? [] : [leftOut(left)] }
}

const MAX_NAMED = 3

/** e.g. "Not copied: runs/0001/1/run.log is a pipe, runs/0002/1/curve.csv is too large and 4 more." */
function leftOut(left: { number: number; what: string }[]): Note {
  const named = left.slice(0, MAX_NAMED).map(({ what }) => what)
  const more = left.length > MAX_NAMED ? ` and ${left.length - MAX_NAMED} more` : ''
  const experiments = [...new Set(left.map(({ number }) => number))]
  return note('left-out', `Not copied: ${named.join(', ')}${more}.`, { experiments })
}

/** Sanitises every string in a record; numbers, keys and their order stay. */
export function sanitizeDeep<T>(value: T): T {
  if (typeof value === 'string') return sanitizeText(value, 4000) as T
  if (Array.isArray(value)) return value.map(sanitizeDeep) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [sanitizeText(name), sanitizeDeep(inner)]),
  ) as T
}
