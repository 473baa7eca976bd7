/** Where a session's artefacts lie, and reading and writing them: one place, by schema, atomically. */
import { access, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import { Failure } from '../lib/errors.ts'
import { type Experiment, experimentSchema, type Session, sessionSchema } from './schema.ts'

/** 42 → "0042", as in `runs/0042/` and `refs/autoresearch/<tag>/0042`. */
export const experimentName = (number: number): string => String(number).padStart(4, '0')

export const files = {
  journal: (session: string) => join(session, 'journal.jsonl'),
  session: (session: string) => join(session, 'session.json'),
  experiments: (session: string) => join(session, 'experiments.jsonl'),
  results: (session: string) => join(session, 'results.tsv'),
  digest: (session: string) => join(session, 'digest.json'),
  report: (session: string) => join(session, 'report.md'),
  /** The report with references in the place of numbers. */
  reportSource: (session: string) => join(session, 'report.source.md'),
  /** How an agent wrote the report's prose, and what the checker found in it. */
  reportCheck: (session: string) => join(session, 'report.check.json'),
  /** What the agent's client said while it wrote. */
  reportTranscript: (session: string) => join(session, 'report.jsonl'),
  /** How a collected night was read. */
  mapping: (session: string) => join(session, 'source.json'),
  rejected: (session: string) => join(session, 'rejected.jsonl'),
  /** The editable files as the baseline had them. */
  source: (session: string) => join(session, 'source'),
  /** The versions of program.md's prose, by hash. */
  program: (session: string) => join(session, 'program'),
  prose: (session: string, hash: string) => join(session, 'program', `${hash}.md`),
  patch: (session: string, experiment: number) => join(session, 'runs', experimentName(experiment), 'change.patch'),
  /** What the agent's client said while it proposed. */
  proposal: (session: string, experiment: number) =>
    join(session, 'runs', experimentName(experiment), 'proposal.jsonl'),
  run: (session: string, experiment: number, k: number) => join(session, 'runs', experimentName(experiment), String(k)),
  log: (session: string, experiment: number, k: number) => join(files.run(session, experiment, k), 'run.log'),
  curve: (session: string, experiment: number, k: number) => join(files.run(session, experiment, k), 'curve.csv'),
}

/** A session's two records. @throws {Failure} naming the file and the first thing wrong with it. */
export async function readSession(folder: string): Promise<{ session: Session; experiments: Experiment[] }> {
  const session = await readJson(files.session(folder), sessionSchema)
  const path = files.experiments(folder)
  const lines = (await read(path)).split('\n').filter(line => line !== '')
  return { session, experiments: lines.map((line, i) => parse(`${path}:${i + 1}`, line, experimentSchema)) }
}

/** One JSON file by its schema. @throws {Failure} when it is missing, is not JSON or does not fit. */
export async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  return parse(path, await read(path), schema)
}

/** Ids of the sessions in a folder (those with a session.json), oldest first. */
export async function listSessions(root: string): Promise<string[]> {
  const names = await readdir(root).catch(() => [])
  const found: string[] = []
  for (const name of names.sort()) if (await exists(files.session(join(root, name)))) found.push(name)
  return found
}

/** The newest session's id, of all or of those given. @throws {Failure} when there is none */
export async function newestSession(root: string, of?: string[]): Promise<string> {
  const started = await Promise.all(
    (of ?? (await listSessions(root))).map(async id => {
      const record = JSON.parse(await read(files.session(join(root, id)))) as { startedAt?: string }
      return { id, at: record.startedAt ?? '' }
    }),
  )
  const newest = started.sort((a, b) => (a.at < b.at ? 1 : -1))[0]
  if (!newest) throw new Failure(`There is no session in ${root}.`, 'Make one: `npx pnpm demo`, or `npx pnpm session`.')
  return newest.id
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new Failure(`${path} cannot be read.`, 'Name a folder under sessions/ that a session has written.', { cause })
  }
}

function parse<T>(where: string, text: string, schema: z.ZodType<T>): T {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new Failure(`${where} is not JSON.`, 'Restore the file; the journal beside it holds the same facts.', {
      cause,
    })
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw new Failure(
    `${where}: ${issue?.path.join('.') || 'the record'}: ${issue?.message}.`,
    'The file was not written by this version of Nightshift, or was edited by hand.',
  )
}
