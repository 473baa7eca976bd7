/** Writes one report on several sessions. */
import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { writeAtomic } from '../../lib/files/disk.ts'
import { orWarn } from '../../lib/files/read.ts'
import { sessionsRoot, workRoot } from '../../lib/paths.ts'
import { jsonText } from '../../lib/text.ts'
import type { AgentSpec } from '../../program/contract.ts'
import { listSessions, readSessionRecord } from '../../record/files/paths.ts'
import { readMachine } from '../../record/machine.ts'
import { writeWithAgent } from '../agent/author.ts'
import { authorshipSentences } from '../agent/disclose.ts'
import { factsText, type Materials } from '../agent/materials.ts'
import type { Writing } from '../agent/schema.ts'
import { type Known, namesIn } from '../check/known.ts'
import { readReportInput } from '../input.ts'
import { github } from '../render/github.ts'
import { resolve } from '../resolve.ts'
import { type SessionInput, weekDigest } from './digest.ts'
import { type WeekFacts, weekFacts } from './facts.ts'
import type { Week } from './schema.ts'
import { tableNames, weekTables } from './tables.ts'
import { foldedSections, openSections, weekTemplate } from './template.ts'

/** Hours covered by --week. */
const WEEK_HOURS = 7 * 24

/** Ids of the sessions that started in the last seven days, at least one. @throws {Failure} if there is none */
export async function sessionsOfLastWeek(now: Date): Promise<string[]> {
  const recent = await recentSessions(now)
  if (recent.length === 0)
    throw new Failure('No session started in the last seven days.', `Name sessions: \`${command('report A B C')}\`.`)
  return recent
}

/** Ids of the sessions that started in the last seven days; unreadable ones are skipped with a warning. */
export async function recentSessions(now: Date): Promise<string[]> {
  const recent: string[] = []
  for (const id of await listSessions(sessionsRoot)) {
    const startedAt = (await orWarn(readSessionRecord(join(sessionsRoot, id))))?.startedAt ?? null
    const age = startedAt === null ? null : now.getTime() - Date.parse(startedAt)
    if (age !== null && age >= 0 && age < WEEK_HOURS * 3_600_000) recent.push(id)
  }
  return recent
}

/** Default file name in sessions/, e.g. "week-2026-11-21.md". */
export const weekFile = (now: Date): string => `week-${now.toISOString().slice(0, 10)}.md`

export interface WeekReport {
  week: Week
  path: string
  writing: Writing | null
}

/**
 * @param ids folder names under sessions/
 * @param out file of the report; with an agent, `<name>.check.json` and `<name>.jsonl` are written beside it
 * @param spec agent that writes; null: the template
 */
export async function writeWeek(
  ids: string[],
  out: string,
  spec: AgentSpec | null,
  signal: AbortSignal,
): Promise<WeekReport> {
  const given: SessionInput[] = []
  for (const id of new Set(ids.map(id => basename(id)))) given.push(await read(join(sessionsRoot, id)))
  const about = weekContext(given)
  const beside = out.replace(/\.md$/, '')
  const [transcript, check] = [`${beside}.jsonl`, `${beside}.check.json`]
  for (const path of [transcript, check]) await rm(path, { force: true })
  const { label } = await readMachine(false)
  const written = spec && (await writeWithAgent({ ...assignment(about), spec, signal, transcript, machine: label }))
  const writing = written?.writing ?? null
  await writeAtomic(out, weekText(about, written?.source ?? about.templateSource, writing))
  if (writing) await writeAtomic(check, jsonText(writing))
  return { week: about.week, path: out, writing }
}

async function read(folder: string): Promise<SessionInput> {
  const { session, digest } = await readReportInput(folder)
  return { session, digest }
}

export interface WeekContext {
  week: Week
  wording: WeekFacts
  /** What the prose may refer to. */
  known: Known
  /** Source as the template writes it. */
  templateSource: string
}

export function weekContext(given: SessionInput[]): WeekContext {
  const digests = given.map(({ digest }) => digest)
  const week = weekDigest(given)
  const wording = weekFacts(week, digests)
  const { sessions, machines, lessons } = week
  const descriptions = lessons.flatMap(({ kept }) => kept.map(k => k.description))
  const known = {
    facts: wording.facts,
    experiments: new Set<number>(),
    knobs: new Set(digests.flatMap(digest => digest.knobs.map(({ name }) => name))),
    figures: new Set<string>(),
    tables: new Set(tableNames),
    names: namesIn([...sessions.flatMap(n => [n.session, n.name, n.metric.name]), ...machines, ...descriptions]),
  }
  return { week, wording, known, templateSource: weekTemplate(week) }
}

/** GitHub Markdown. */
export function weekText({ week, wording, known }: WeekContext, source: string, writing: Writing | null): string {
  const tables = weekTables(week, wording, authorshipSentences(writing))
  return github(resolve(source, { ...known, tables, folded: foldedSections }), new Map())
}

function assignment({ week, known, templateSource }: WeekContext) {
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
  return { templateSource, known, materials, workspaceRoot: join(workRoot, 'reports') }
}
