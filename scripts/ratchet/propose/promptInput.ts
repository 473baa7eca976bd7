/** Reads the input of a prompt, and caches what does not change between proposals. */
import { basename, dirname, join } from 'node:path'
import { isBold } from '../../agents/prompt/bold.ts'
import type { Feedback } from '../../agents/prompt/feedback.ts'
import type { OtherSession, PromptInput } from '../../agents/prompt/input.ts'
import { lastMeasuredBesideHead } from '../../agents/prompt/kept.ts'
import { sameTask, summarizeSession } from '../../agents/prompt/otherSessions.ts'
import { digest as compute } from '../../analysis/digest.ts'
import { readDigest } from '../../analysis/readDigest.ts'
import { orWarn, readOrWarnSync } from '../../lib/files/read.ts'
import { readCurve } from '../../record/files/curve.ts'
import { files, listSessions, readSession, readSessionRecord } from '../../record/files/paths.ts'
import { readRejections } from '../../record/files/rejections.ts'
import type { CurvePoint, Experiment, Session } from '../../record/schema.ts'
import { headOf } from '../../record/state.ts'
import type { PromptContext } from './context.ts'

/** Cache of a session's prompts. */
export interface PromptCache {
  /** Patches of judged experiments. */
  patches: Map<number, string>
  /** Curves of the head and of the last measured experiment. */
  curves: Map<number, CurvePoint[]>
  /** null: not read yet. */
  otherSessions: OtherSession[] | null
}

export const openPromptCache = (): PromptCache => ({ patches: new Map(), curves: new Map(), otherSessions: null })

/** @param beside what else trains and proposes meanwhile */
export async function readPromptInput(
  context: PromptContext,
  promptCache: PromptCache,
  prose: string,
  feedback: Feedback[],
  beside: Pick<PromptInput, 'slots' | 'others'>,
): Promise<PromptInput> {
  const { folder, contract, state } = context
  readPatches(context, promptCache)
  readCurves(context, promptCache)
  promptCache.otherSessions ??= await readOtherSessions(dirname(folder), state.session)
  return {
    prose,
    contract,
    state,
    feedback,
    patches: promptCache.patches,
    curves: promptCache.curves,
    rejected: (await orWarn(readRejections(folder))) ?? [],
    otherSessions: promptCache.otherSessions,
    bold: isBold(state, contract),
    ...beside,
  }
}

/** Reads the patches of judged experiments into the cache; they do not change after the verdict. */
export function readPatches(
  { folder, state }: Pick<PromptContext, 'folder' | 'state'>,
  promptCache: PromptCache,
): void {
  for (const { number } of state.experiments)
    if (!promptCache.patches.has(number)) promptCache.patches.set(number, readPatch(folder, number))
}

/** Longer patches are left out of prompts. */
const MAX_PATCH_BYTES = 2 ** 20

/**
 * An experiment's patch; "" where there is none, where it is too long, and, with a warning, where it cannot be read: the
 * prompt is still useful without it.
 */
export const readPatch = (folder: string, number: number): string =>
  // That of the baseline is what the session inherited: no experiment.
  number === 0
    ? ''
    : (readOrWarnSync(files.patch(folder, number), 'Prompts are made without it.', {
        limit: MAX_PATCH_BYTES,
        root: folder,
      }) ?? '')

function readCurves({ folder, state }: PromptContext, promptCache: PromptCache): void {
  const head = headOf(state)
  const wanted = [head, lastMeasuredBesideHead(state)].filter((e): e is Experiment => e !== undefined)
  for (const number of promptCache.curves.keys())
    if (!wanted.some(e => e.number === number)) promptCache.curves.delete(number)
  for (const e of wanted)
    if (!promptCache.curves.has(e.number)) promptCache.curves.set(e.number, readCurve(folder, e)?.points ?? [])
}

/** The newest sessions are used. */
const MAX_OTHER_SESSIONS = 12

async function readOtherSessions(root: string, session: Session): Promise<OtherSession[]> {
  const found: { folder: string; other: Session }[] = []
  for (const id of await listSessions(root)) {
    const folder = join(root, id)
    // A session that cannot be read is left out with a warning.
    const other = id === session.id ? null : await orWarn(readSessionRecord(folder))
    if (other && (isStart(other, session) || sameTask(other, session))) found.push({ folder, other })
  }
  // The session that it starts from counts first, whatever its age and its program.
  const order = (a: Session, b: Session) =>
    Number(isStart(b, session)) - Number(isStart(a, session)) || startOf(b).localeCompare(startOf(a))
  const newest = found.sort((a, b) => order(a.other, b.other)).slice(0, MAX_OTHER_SESSIONS)
  const inherited = session.inherited?.experiments ?? []
  const all = await Promise.all(
    newest.map(({ folder, other }) => readOtherSession(folder, isStart(other, session) ? inherited : null)),
  )
  return all.filter(other => other !== null)
}

const startOf = ({ startedAt }: Session): string => startedAt ?? ''

const isStart = ({ id }: Session, { inherited }: Session): boolean => id === inherited?.session

/** @param inherited as `summarizeSession` takes it */
async function readOtherSession(folder: string, inherited: number[] | null): Promise<OtherSession | null> {
  const read = await orWarn(readSession(folder))
  if (read === null) return null
  const patches = new Map<number, string>()
  for (const { number } of read.experiments) patches.set(number, readPatch(folder, number))
  const stored = await orWarn(readDigest(folder))
  const digest =
    stored?.kind === 'older'
      ? compute(read.session, read.experiments, patches)
      : stored?.kind === 'current'
        ? stored.digest
        : null
  return {
    ...summarizeSession(
      read.session,
      read.experiments,
      patches,
      (await orWarn(readRejections(folder))) ?? [],
      digest,
      inherited,
    ),
    id: basename(folder),
  }
}
