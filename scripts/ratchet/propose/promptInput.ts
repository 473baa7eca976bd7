/** Reads what an agent is told, and keeps what does not change from one proposal to the next. */
import { stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isBold } from '../../agents/prompt/bold.ts'
import type { Feedback } from '../../agents/prompt/feedback.ts'
import type { Elsewhere, Told } from '../../agents/prompt/input.ts'
import { lastMeasured } from '../../agents/prompt/kept.ts'
import { sameTask, summarise } from '../../agents/prompt/otherSessions.ts'
import { digestSchema } from '../../analysis/schema.ts'
import { ifThere, orWarn, readJsonIfThere, readTextIfThere } from '../../lib/read.ts'
import { readCurve } from '../../record/curve.ts'
import { digestAdvice, files, listSessions, readSession, readSessionRecord } from '../../record/files.ts'
import { readRejections } from '../../record/rejections.ts'
import type { CurvePoint, Experiment, Session } from '../../record/schema.ts'
import { tip } from '../../record/state.ts'
import type { Night } from '../session/context.ts'

/** One a night. */
export interface Memory {
  /** Patches of judged experiments, as far as they were read. */
  patches: Map<number, string>
  /** Curves of the best and of the last run. */
  curves: Map<number, CurvePoint[]>
  /** Other sessions' findings; null before they were read. */
  elsewhere: Elsewhere[] | null
}

export const openMemory = (): Memory => ({ patches: new Map(), curves: new Map(), elsewhere: null })

/** Where a night is and what it is: all that telling takes. */
export type Teller = Pick<Night, 'folder' | 'contract'> & { state: Told['state'] }

/** Everything that a prompt is made from. */
export async function tell(night: Teller, memory: Memory, prose: string, feedback: Feedback[]): Promise<Told> {
  const { folder, contract, state } = night
  await readPatches(night, memory)
  readCurves(night, memory)
  memory.elsewhere ??= await readElsewhere(dirname(folder), state.session)
  return {
    prose,
    contract,
    state,
    feedback,
    patches: memory.patches,
    curves: memory.curves,
    rejected: await readRejections(folder),
    elsewhere: memory.elsewhere,
    bold: isBold(state, contract),
  }
}

/** Patches of the judged experiments, each read once: after its verdict it does not change. */
export async function readPatches({ folder, state }: Pick<Teller, 'folder' | 'state'>, memory: Memory): Promise<void> {
  const unread = state.experiments.filter(({ number }) => !memory.patches.has(number))
  await Promise.all(unread.map(async ({ number }) => memory.patches.set(number, await readPatch(folder, number))))
}

/** More is nothing that an agent could learn from. */
const largestPatch = 2 ** 20

/** An experiment's patch; "" where there is none, and of one that is huge. */
export async function readPatch(folder: string, number: number): Promise<string> {
  const path = files.patch(folder, number)
  const { size } = (await ifThere(stat(path))) ?? { size: 0 }
  return size === 0 || size > largestPatch ? '' : ((await readTextIfThere(path)) ?? '')
}

function readCurves({ folder, state }: Teller, memory: Memory): void {
  const best = tip(state)
  const wanted = [best, lastMeasured(state)].filter((e): e is Experiment => e !== undefined)
  for (const number of memory.curves.keys()) if (!wanted.some(e => e.number === number)) memory.curves.delete(number)
  for (const e of wanted)
    if (!memory.curves.has(e.number)) memory.curves.set(e.number, readCurve(folder, e)?.points ?? [])
}

/** So many other sessions are told, the newest. */
const mostSessions = 12

async function readElsewhere(root: string, session: Session): Promise<Elsewhere[]> {
  const found: { folder: string; other: Session }[] = []
  for (const id of await listSessions(root)) {
    const folder = join(root, id)
    // A session that does not read is no reason not to go on with this one.
    const other = id === session.id ? null : await orWarn(readSessionRecord(folder))
    if (other && sameTask(other, session)) found.push({ folder, other })
  }
  const newest = found.sort((a, b) => startOf(b.other).localeCompare(startOf(a.other))).slice(0, mostSessions)
  const all = await Promise.all(newest.map(({ folder }) => readOther(folder)))
  return all.filter(other => other !== null)
}

const startOf = ({ startedAt }: Session): string => startedAt ?? ''

async function readOther(folder: string): Promise<Elsewhere | null> {
  const read = await orWarn(readSession(folder))
  if (read === null) return null
  const patches = new Map<number, string>()
  for (const { number } of read.experiments) patches.set(number, await readPatch(folder, number))
  const digest = await orWarn(readJsonIfThere(files.digest(folder), digestSchema, digestAdvice(folder)))
  return {
    ...summarise(read.session, read.experiments, patches, await readRejections(folder), digest),
    id: basename(folder),
  }
}
