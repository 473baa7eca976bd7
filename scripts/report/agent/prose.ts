/** The prose of a session's report: from the template, an agent, or an agent's earlier run. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readTextIfThere } from '../../lib/files/read.ts'
import { workRoot } from '../../lib/paths.ts'
import type { AgentSpec } from '../../program/contract.ts'
import { files, readSession } from '../../record/files/paths.ts'
import { readMachine } from '../../record/machine.ts'
import { isRunning } from '../../record/schema.ts'
import { type Known, knownOf } from '../check/known.ts'
import { figuresOf } from '../figureNames.ts'
import { partsOf, type ReportInput } from '../sections/parts.ts'
import { openSections } from '../sections/template.ts'
import { type Written, writeWithAgent } from './author.ts'
import { authorByRecord } from './chooseAuthor.ts'
import { materialsOf } from './materials.ts'
import { readWriting } from './read.ts'
import { review } from './review.ts'
import type { Writing } from './schema.ts'

/**
 * Who writes the prose. `previous`: an agent's earlier prose stays as far as the current facts still support it;
 * without one, the template.
 */
export type ReportAuthor =
  | { kind: 'previous' }
  | { kind: 'template' }
  | {
      kind: 'agent'
      spec: AgentSpec
      signal: AbortSignal
      /** Marks the agent's processes, so that orphans of a killed harness can be ended; a random one by default. */
      mark?: string
    }

/** The report's source; `writing` is null if no agent was asked. */
export interface Prose {
  source: string
  writing: Writing | null
}

/**
 * The author for `pnpm report`.
 * @param named by flags: an agent, null for the template, undefined without a flag
 */
export async function chooseReportAuthor(
  folder: string,
  named: AgentSpec | null | undefined,
  signal: AbortSignal,
): Promise<ReportAuthor> {
  if (named === null) return { kind: 'template' }
  if (named) return { kind: 'agent', spec: named, signal }
  if ((await readWriting(folder))?.wrote) return { kind: 'previous' }
  const { session } = await readSession(folder)
  const spec = isRunning(session) ? null : authorByRecord(session)
  return spec ? { kind: 'agent', spec, signal } : { kind: 'previous' }
}

/** The prose without asking an agent. @param templateSource source that the template writes */
export async function currentProse(
  folder: string,
  input: ReportInput,
  templateSource: string,
  author: ReportAuthor,
): Promise<Prose> {
  if (author.kind === 'template') {
    for (const path of [files.reportCheck(folder), files.reportTranscript(folder)]) await rm(path, { force: true })
    return { source: templateSource, writing: null }
  }
  const writing = await readWriting(folder)
  if (!writing?.wrote) return { source: templateSource, writing }
  const previous = (await readTextIfThere(files.reportSource(folder))) ?? templateSource
  const { source, cut, wrote } = review(templateSource, previous, known(input), openSections)
  const failed = wrote ? writing.failed : 'nothing of what it wrote fits the facts any more'
  return { source, writing: { ...writing, wrote, failed, cut: [...writing.cut, ...cut] } }
}

/**
 * Asks the agent to write. If it fails, its earlier prose stays.
 * @param printed report.md without the agent's new prose
 */
export async function askAgent(
  folder: string,
  input: ReportInput,
  templateSource: string,
  printed: string,
  { spec, signal, mark }: Extract<ReportAuthor, { kind: 'agent' }>,
): Promise<Written> {
  const names = known(input)
  const { label } = await readMachine(false)
  return writeWithAgent({
    templateSource: templateSource,
    known: names,
    materials: materialsOf(input, names, printed),
    spec,
    signal,
    mark,
    machine: label,
    transcript: files.reportTranscript(folder),
    workspaceRoot: join(workRoot, 'reports'),
  })
}

const known = (input: ReportInput): Known => knownOf(input.digest, figuresOf(input), partsOf(input).keys())
