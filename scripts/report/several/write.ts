/** Writes one report on several sessions: their digests, what they have in common, and its prose. */

import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { writeWhole } from '../../lib/disk.ts'
import { Failure } from '../../lib/errors.ts'
import { sessionsRoot, workRoot } from '../../lib/paths.ts'
import { orWarn } from '../../lib/read.ts'
import { jsonText } from '../../lib/text.ts'
import type { AgentSpec } from '../../program/contract.ts'
import { listSessions, readSessionRecord } from '../../record/files.ts'
import { readMachine } from '../../record/machine.ts'
import { author } from '../agent/author.ts'
import { writtenBy } from '../agent/disclose.ts'
import { factsText, type Materials } from '../agent/materials.ts'
import type { Writing } from '../agent/schema.ts'
import { type Known, namesIn } from '../check/known.ts'
import { readReportInput } from '../input.ts'
import { github } from '../render/github.ts'
import { resolve } from '../resolve.ts'
import { type Given, weekDigest } from './digest.ts'
import { type Told, weekFacts } from './facts.ts'
import type { Week } from './schema.ts'
import { tableNames, weekTables } from './tables.ts'
import { openSections, weekTemplate } from './template.ts'

/** Hours back that --week looks. */
const week = 7 * 24

/** Ids of the sessions that began in the last seven days, those that do not read left out with a warning. @throws {Failure} there is none */
export async function lastWeek(now: Date): Promise<string[]> {
  const recent: string[] = []
  for (const id of await listSessions(sessionsRoot)) {
    const startedAt = (await orWarn(readSessionRecord(join(sessionsRoot, id))))?.startedAt ?? null
    const age = startedAt === null ? null : now.getTime() - Date.parse(startedAt)
    if (age !== null && age >= 0 && age < week * 3_600_000) recent.push(id)
  }
  if (recent.length === 0)
    throw new Failure('No session began in the last seven days.', 'Name sessions: pnpm report A B C.')
  return recent
}

/** "week-2026-11-21.md": in sessions/, beside what it is about. */
export const weekFile = (now: Date): string => `week-${now.toISOString().slice(0, 10)}.md`

export interface WeekReport {
  week: Week
  path: string
  writing: Writing | null
}

/**
 * @param ids folders under sessions/
 * @param out file of the report; beside it come `<name>.check.json` and `<name>.jsonl` where an agent was asked
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
  const about = aboutWeek(given)
  const beside = out.replace(/\.md$/, '')
  const [transcript, check] = [`${beside}.jsonl`, `${beside}.check.json`]
  for (const path of [transcript, check]) await rm(path, { force: true })
  const { label } = await readMachine(false)
  const written = spec && (await author({ ...assignment(about), spec, signal, transcript, machine: label }))
  const writing = written?.writing ?? null
  await writeWhole(out, weekText(about, written?.source ?? about.plain, writing))
  if (writing) await writeWhole(check, jsonText(writing))
  return { week: about.week, path: out, writing }
}

async function read(folder: string): Promise<Given> {
  const { session, digest } = await readReportInput(folder)
  return { session, digest }
}

export interface AboutWeek {
  week: Week
  told: Told
  /** What the prose may refer to and name. */
  known: Known
  /** The template's source. */
  plain: string
}

export function aboutWeek(given: Given[]): AboutWeek {
  const digests = given.map(({ digest }) => digest)
  const week = weekDigest(given)
  const told = weekFacts(week, digests)
  const { sessions, machines, lessons } = week
  const descriptions = lessons.flatMap(({ kept }) => kept.map(k => k.description))
  const known = {
    facts: told.facts,
    experiments: new Set<number>(),
    knobs: new Set(digests.flatMap(digest => digest.knobs.map(({ name }) => name))),
    figures: new Set<string>(),
    tables: new Set(tableNames),
    names: namesIn([...sessions.flatMap(n => [n.session, n.name, n.metric.name]), ...machines, ...descriptions]),
  }
  return { week, told, known, plain: weekTemplate(week) }
}

/** GitHub Markdown. */
export function weekText({ week, told, known }: AboutWeek, source: string, writing: Writing | null): string {
  const tables = weekTables(week, told, writtenBy(writing))
  return github(resolve(source, { ...known, tables }), new Map())
}

function assignment({ week, known, plain }: AboutWeek) {
  const materials: Materials = {
    about: {
      what: `${week.sessions.length} sessions of unattended search on ${week.machines.length} machines: what they have in common, and where they contradict each other`,
      metric: 'gains have the sign of each session’s own metric',
      open: openSections,
      experiment:
        '`:fact[lesson.2.change]` names a change with its description, number and session; there is no :exp here.',
      materials: [
        ['facts.md', 'every number by id: of the week, of each change (lesson.N), and of each session after its name'],
      ],
    },
    files: new Map([['facts.md', factsText(known, 'each session’s metric')]]),
  }
  return { plain, known, materials, desks: join(workRoot, 'reports') }
}
