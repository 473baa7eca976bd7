/** The prose of a session's report: the template's, an agent's, or what an agent wrote before. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { workRoot } from '../../lib/paths.ts'
import { readTextIfThere } from '../../lib/read.ts'
import type { AgentSpec } from '../../program/contract.ts'
import { files, readSession } from '../../record/files.ts'
import { readMachine } from '../../record/machine.ts'
import { isRunning } from '../../record/schema.ts'
import { type Known, knownOf } from '../check/known.ts'
import { figuresOf } from '../figureNames.ts'
import { partsOf, type ReportInput } from '../sections/parts.ts'
import { openSections } from '../sections/template.ts'
import { author, type Written } from './author.ts'
import { authorByRecord } from './chooseAuthor.ts'
import { materialsOf } from './materials.ts'
import { readWriting } from './read.ts'
import { review } from './review.ts'
import type { Writing } from './schema.ts'

/**
 * Who writes. `keep`: what an agent wrote before stays, as far as it is still right by the facts as they are now;
 * otherwise the template.
 */
export type Pen =
  | { by: 'keep' }
  | { by: 'template' }
  | {
      by: 'agent'
      spec: AgentSpec
      signal: AbortSignal
      /** Carried by its processes: what a killed harness leaves of them is ended by that. By hand: one of its own. */
      mark?: string
    }

/** What the report's source is; `writing` null: nobody was asked. */
export interface Prose {
  source: string
  writing: Writing | null
}

/**
 * Who writes a session's report by hand.
 * @param named by flags: an agent, null for the template, undefined where no flag says
 */
export async function choosePen(
  folder: string,
  named: AgentSpec | null | undefined,
  signal: AbortSignal,
): Promise<Pen> {
  if (named === null) return { by: 'template' }
  if (named) return { by: 'agent', spec: named, signal }
  if ((await readWriting(folder))?.wrote) return { by: 'keep' }
  const { session } = await readSession(folder)
  const spec = isRunning(session) ? null : authorByRecord(session)
  return spec ? { by: 'agent', spec, signal } : { by: 'keep' }
}

/** Without asking anybody. @param plain the template's source */
export async function present(folder: string, input: ReportInput, plain: string, pen: Pen): Promise<Prose> {
  if (pen.by === 'template') {
    for (const path of [files.reportCheck(folder), files.reportTranscript(folder)]) await rm(path, { force: true })
    return { source: plain, writing: null }
  }
  const writing = await readWriting(folder)
  if (!writing?.wrote) return { source: plain, writing }
  const before = (await readTextIfThere(files.reportSource(folder))) ?? plain
  const { source, cut, wrote } = review(plain, before, known(input), openSections)
  const failed = wrote ? writing.failed : 'nothing of what it wrote fits the facts any more'
  return { source, writing: { ...writing, wrote, failed, cut: [...writing.cut, ...cut] } }
}

/**
 * Asks the agent. Where it fails, what an agent wrote before stays.
 * @param printed the report as it reads so far
 */
export async function ask(
  folder: string,
  input: ReportInput,
  plain: string,
  printed: string,
  { spec, signal, mark }: Extract<Pen, { by: 'agent' }>,
): Promise<Written> {
  const names = known(input)
  const { label } = await readMachine(false)
  return author({
    plain,
    known: names,
    materials: materialsOf(input, names, printed),
    spec,
    signal,
    mark,
    machine: label,
    transcript: files.reportTranscript(folder),
    desks: join(workRoot, 'reports'),
  })
}

const known = (input: ReportInput): Known => knownOf(input.digest, figuresOf(input), partsOf(input).keys())
