/** Writes one report on several nights: their digests, what they have in common, and its prose. */
import { basename, join } from 'node:path'
import { writeWhole } from '../../lib/disk.ts'
import { Failure } from '../../lib/errors.ts'
import { sessionsRoot, workRoot } from '../../lib/paths.ts'
import type { AgentSpec } from '../../program/contract.ts'
import { files, listSessions, readJson, readSession } from '../../record/files.ts'
import { readMachine } from '../../record/machine.ts'
import { sessionSchema } from '../../record/schema.ts'
import { author } from '../agent/author.ts'
import { writtenBy } from '../agent/disclose.ts'
import { factsText, type Materials } from '../agent/materials.ts'
import type { Writing } from '../agent/schema.ts'
import { type Known, namesIn } from '../check/known.ts'
import { computeDigest } from '../write.ts'
import { type Given, weekDigest } from './digest.ts'
import { type Told, weekFacts } from './facts.ts'
import { fill } from './fill.ts'
import type { Week } from './schema.ts'
import { tableNames, weekTables } from './tables.ts'
import { openSections, weekTemplate } from './template.ts'

/** Hours back that --week looks. */
const week = 7 * 24

/** Ids of the nights that began in the last seven days. @throws {Failure} there is none */
export async function lastWeek(now: Date): Promise<string[]> {
  const recent: string[] = []
  for (const id of await listSessions(sessionsRoot)) {
    const { startedAt } = await readJson(files.session(join(sessionsRoot, id)), sessionSchema)
    const age = startedAt === null ? null : now.getTime() - Date.parse(startedAt)
    if (age !== null && age >= 0 && age < week * 3_600_000) recent.push(id)
  }
  if (recent.length === 0)
    throw new Failure('No session began in the last seven days.', 'Name sessions: pnpm report A B C.')
  return recent
}

export interface WeekReport {
  week: Week
  path: string
  writing: Writing | null
}

/**
 * @param ids folders under sessions/
 * @param out file of the report; beside it come `<name>.check.json` and `<name>.jsonl` where an agent wrote
 * @param spec who writes; null: the template
 */
export async function writeWeek(
  ids: string[],
  out: string,
  spec: AgentSpec | null,
  signal: AbortSignal,
): Promise<WeekReport> {
  const given: Given[] = []
  for (const id of new Set(ids.map(id => basename(id)))) given.push(await read(join(sessionsRoot, id)))
  const week = weekDigest(given)
  const told = weekFacts(
    week,
    given.map(({ digest }) => digest),
  )
  const plain = weekTemplate(week)
  const beside = out.replace(/\.md$/, '')
  const written =
    spec &&
    (await author({
      ...assignment(week, told, given, plain),
      spec,
      signal,
      transcript: `${beside}.jsonl`,
      machine: (await readMachine(false)).label,
    }))
  const writing = written?.writing ?? null
  const tables = weekTables(week, told, writtenBy(writing))
  await writeWhole(out, fill(written?.source ?? plain, told.facts, tables))
  if (writing) await writeWhole(`${beside}.check.json`, `${JSON.stringify(writing, null, 2)}\n`)
  return { week, path: out, writing }
}

async function read(folder: string): Promise<Given> {
  const { session, experiments } = await readSession(folder)
  return { session, digest: await computeDigest(folder, session, experiments) }
}

function assignment(week: Week, told: Told, given: Given[], plain: string) {
  const known = knownOfWeek(week, told, given)
  const materials: Materials = {
    about: {
      what: `${week.nights.length} nights of unattended search on ${week.machines.length} machines: what they have in common, and where they contradict each other`,
      metric: 'gains have the sign of each night’s own metric',
      open: openSections,
      experiment:
        '`:fact[lesson.2.change]` names a change with its description, number and night; there is no :exp here.',
      materials: [
        [
          'facts.md',
          'every number there is, by id: of the week, of each change (lesson.N), and of each night after its name',
        ],
      ],
    },
    files: new Map([['facts.md', factsText(known, 'each night’s metric')]]),
  }
  return { plain, known, materials, desks: join(workRoot, 'reports') }
}

/** What the prose may refer to and name. */
export function knownOfWeek({ nights, machines, lessons, knobs }: Week, told: Told, given: Given[]): Known {
  const descriptions = lessons.flatMap(({ kept }) => kept.map(k => k.description))
  const names = nights.flatMap(({ session, name, metric }) => [session, name, metric.name])
  return {
    facts: told.facts,
    experiments: new Set(),
    knobs: new Set([...knobs.map(({ name }) => name), ...given.flatMap(({ digest }) => digest.knobs.map(k => k.name))]),
    figures: new Set(),
    tables: new Set(tableNames),
    names: namesIn([...names, ...machines, ...descriptions]),
  }
}
