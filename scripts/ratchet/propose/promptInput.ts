/** Reads what an agent is told, and keeps what does not change from one proposal to the next. */
import { basename, dirname, join } from 'node:path'
import { isBold } from '../../agents/prompt/bold.ts'
import type { Feedback } from '../../agents/prompt/feedback.ts'
import type { Elsewhere, Told } from '../../agents/prompt/input.ts'
import { lastMeasured } from '../../agents/prompt/kept.ts'
import { sameTask, summarise } from '../../agents/prompt/otherSessions.ts'
import { digest as compute } from '../../analysis/digest.ts'
import { readDigest } from '../../analysis/readDigest.ts'
import { orWarn, readTextIfThere, sizeIfThere } from '../../lib/read.ts'
import { readCurve } from '../../record/curve.ts'
import { files, listSessions, readSession, readSessionRecord } from '../../record/files.ts'
import { readRejections } from '../../record/rejections.ts'
import type { CurvePoint, Experiment, Session } from '../../record/schema.ts'
import { headOf } from '../../record/state.ts'
import type { PromptContext } from './context.ts'

/** What does not change from one prompt to the next; one a session. */
export interface PromptCache {
  /** Patches of judged experiments, as far as they were read. */
  patches: Map<number, string>
  /** Curves of the head and of the last run. */
  curves: Map<number, CurvePoint[]>
  /** Other sessions' findings; null before they were read. */
  elsewhere: Elsewhere[] | null
}

export const openPromptCache = (): PromptCache => ({ patches: new Map(), curves: new Map(), elsewhere: null })

/** Everything that a prompt is made from. */
export async function tell(
  context: PromptContext,
  promptCache: PromptCache,
  prose: string,
  feedback: Feedback[],
): Promise<Told> {
  const { folder, contract, state } = context
  await readPatches(context, promptCache)
  readCurves(context, promptCache)
  promptCache.elsewhere ??= await readElsewhere(dirname(folder), state.session)
  return {
    prose,
    contract,
    state,
    feedback,
    patches: promptCache.patches,
    curves: promptCache.curves,
    rejected: (await orWarn(readRejections(folder))) ?? [],
    elsewhere: promptCache.elsewhere,
    bold: isBold(state, contract),
  }
}

/** Patches of the judged experiments, each read once: after its verdict it does not change. */
export async function readPatches(
  { folder, state }: Pick<PromptContext, 'folder' | 'state'>,
  promptCache: PromptCache,
): Promise<void> {
  const unread = state.experiments.filter(({ number }) => !promptCache.patches.has(number))
  await Promise.all(unread.map(async ({ number }) => promptCache.patches.set(number, await readPatch(folder, number))))
}

/** More is nothing that an agent could learn from. */
const largestPatch = 2 ** 20

/**
 * An experiment's patch; "" where there is none, of one that is huge, and with a warning of one that does not read: a
 * prompt without it is better than an agent that counts as down.
 */
export async function readPatch(folder: string, number: number): Promise<string> {
  return (await orWarn(smallPatch(files.patch(folder, number)))) ?? ''
}

async function smallPatch(path: string): Promise<string | null> {
  const size = (await sizeIfThere(path)) ?? 0
  return size === 0 || size > largestPatch ? null : readTextIfThere(path)
}

function readCurves({ folder, state }: PromptContext, promptCache: PromptCache): void {
  const head = headOf(state)
  const wanted = [head, lastMeasured(state)].filter((e): e is Experiment => e !== undefined)
  for (const number of promptCache.curves.keys())
    if (!wanted.some(e => e.number === number)) promptCache.curves.delete(number)
  for (const e of wanted)
    if (!promptCache.curves.has(e.number)) promptCache.curves.set(e.number, readCurve(folder, e)?.points ?? [])
}

/** So many other sessions are told, the newest. */
const maxSessions = 12

async function readElsewhere(root: string, session: Session): Promise<Elsewhere[]> {
  const found: { folder: string; other: Session }[] = []
  for (const id of await listSessions(root)) {
    const folder = join(root, id)
    // A session that does not read is no reason not to go on with this one.
    const other = id === session.id ? null : await orWarn(readSessionRecord(folder))
    if (other && sameTask(other, session)) found.push({ folder, other })
  }
  const newest = found.sort((a, b) => startOf(b.other).localeCompare(startOf(a.other))).slice(0, maxSessions)
  const all = await Promise.all(newest.map(({ folder }) => readOther(folder)))
  return all.filter(other => other !== null)
}

const startOf = ({ startedAt }: Session): string => startedAt ?? ''

async function readOther(folder: string): Promise<Elsewhere | null> {
  const read = await orWarn(readSession(folder))
  if (read === null) return null
  const patches = new Map<number, string>()
  for (const { number } of read.experiments) patches.set(number, await readPatch(folder, number))
  const stored = await orWarn(readDigest(folder))
  const digest =
    stored?.kind === 'older'
      ? compute(read.session, read.experiments, patches)
      : stored?.kind === 'current'
        ? stored.digest
        : null
  return {
    ...summarise(read.session, read.experiments, patches, (await orWarn(readRejections(folder))) ?? [], digest),
    id: basename(folder),
  }
}
