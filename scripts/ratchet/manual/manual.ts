/** A manual experiment: runs the edits in the session's checkout with the guard and judge of the loop. */
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { writeTree } from '../../lib/git/worktree.ts'
import { sanitizeText } from '../../lib/text.ts'
import { gpusOfSlot } from '../../program/engine.ts'
import { readProse } from '../../program/read.ts'
import { experimentName } from '../../record/files/paths.ts'
import { keepProse } from '../../record/files/prose.ts'
import type { Candidate } from '../../record/journal.ts'
import type { Experiment, Session } from '../../record/schema.ts'
import { headOf, nextNumber } from '../../record/state.ts'
import { isOver, withdrawReport } from '../../record/unfinished.ts'
import { writeSession, writeTables } from '../../record/write.ts'
import { recordWithoutRework } from '../concludeCandidate.ts'
import { readUserHooks } from '../hooks/hooks.ts'
import { judgeNext } from '../judge.ts'
import { addCandidate, commitCandidate, newProposal } from '../propose/candidate.ts'
import { refuse } from '../propose/refuse.ts'
import { emit, type Worktree } from '../session/context.ts'
import { checkData } from '../session/data.ts'
import { ensureOwnTrainer } from '../session/ownTrainer.ts'
import { closeSession, type SessionHooks } from '../session/prepare.ts'
import { reopenSession } from '../session/resume.ts'
import { withPlaces } from '../session/withPlaces.ts'
import { train } from '../train/train.ts'
import { baseOf, moveToHead, openCheckout } from './checkout.ts'
import type { ManualContext } from './context.ts'

export interface ManualOptions {
  /** null: generated from the diff. */
  description: string | null
  /** The hypothesis. */
  note: string | null
}

/** `pending`: Ctrl-C came before the verdict. */
export type ManualVerdict = { kind: 'judged'; experiment: Experiment } | { kind: 'pending'; candidate: Candidate }

export interface ManualResult {
  session: Session
  verdict: ManualVerdict
  /** The head after the verdict. */
  head: Experiment
  checkout: string
  /** Whether the checkout was moved to the head; see `moveToHead`. */
  moved: boolean
}

/** `agent.use` of a manual experiment in the records. */
const use = 'hand'

/** Writes the report of the session in a folder. */
type WriteReport = (folder: string) => Promise<unknown>

/**
 * Runs the checkout's edits as one experiment, or finishes a manual experiment that was interrupted.
 * @param writeReport called after the end is recorded, while the lock is held
 */
export async function runManualExperiment(
  id: string,
  options: ManualOptions,
  hooks: SessionHooks,
  writeReport: WriteReport,
): Promise<ManualResult> {
  const { context } = await reopenSession(id, hooks)
  try {
    // Its verdicts are of runs side by side, which a value of the loop does not compare with.
    if (context.state.session.replication !== undefined)
      throw new Failure(
        `${id} is a replication, which takes no experiment by hand.`,
        `Start a session with its changes, and edit there: \`${command(`session --from ${id}`)}\`.`,
      )
    if (!headOf(context.state))
      throw new Failure(`${id} has no baseline yet.`, `Run it first: \`${command(`session resume ${id}`)}\`.`)
    const checkout = await openCheckout(context.repository.git, context.state)
    const waiting = [...context.state.pending.values()].find(candidate => candidate.agent.use === use)
    const base = waiting ? null : await readBase(context, checkout)
    context.userHooks = await readUserHooks(context)
    await checkData(context.contract)
    await ensureOwnTrainer(context)

    const { stop } = context.state.session
    const devices = Math.max(1, gpusOfSlot(context.contract) ?? 1)
    await emit(context, { event: 'resumed', stopRules: {}, devices })
    const proposed = base
      ? await propose(context, checkout, base, options)
      : { kind: 'pending' as const, candidate: waiting as Candidate }
    if (proposed.kind === 'stopped') {
      // Nothing was made: the session is what it was before.
      await close(context, stop ?? interrupted, writeReport)
      throw new Failure('Stopped before the hook before_experiment had ended.', 'The edits are in the checkout.')
    }
    if (waiting) context.terminal.step('resume', `${experimentName(waiting.number)}, ${waiting.description}`)
    const verdict =
      proposed.kind === 'pending'
        ? await withPlaces(context, () => judge(context, proposed.candidate.number))
        : proposed
    const moved = await moveToHead(context, checkout)
    await close(context, stopAfter(stop), writeReport)
    return {
      session: context.state.session,
      verdict,
      head: headOf(context.state) as Experiment,
      checkout: checkout.path,
      moved,
    }
  } finally {
    await closeSession(context)
  }
}

/**
 * Returns the kept experiment that the edits are based on, which may no longer be the head.
 * @throws {Failure} when nothing is edited
 */
async function readBase(context: ManualContext, checkout: Worktree): Promise<Experiment> {
  const base = await baseOf(checkout, context.state)
  const tree = await writeTree(checkout.git)
  if (tree === base.tree)
    throw new Failure(
      `Nothing is edited in ${checkout.path}.`,
      `Change ${context.contract.edit.join(' or ')} there first; it holds ${experimentName(base.number)}.`,
    )
  return base
}

/** Commits the edits as a candidate with its ref, or records them as refused. `stopped`: the hook had not ended. */
async function propose(
  context: ManualContext,
  checkout: Worktree,
  base: Experiment,
  { description, note }: ManualOptions,
): Promise<ManualVerdict | { kind: 'stopped' }> {
  const { prose, proseHash } = await readProse(context.program)
  await keepProse(context.folder, prose, proseHash)
  const proposal = {
    ...newProposal,
    number: nextNumber(context.state),
    description: sanitizeText(description ?? '', 120),
    hypothesis: note === null ? null : sanitizeText(note, 2000),
    agent: { use, model: null, seconds: 0, tokens: null, costUsd: null },
    proseHash,
    startedAt: new Date().toISOString(),
  }
  return context.judge(async () => {
    const result = await commitCandidate(context, proposal, base, checkout)
    if (result.kind === 'refused' && result.refusal.rule === 'stopped') return { kind: 'stopped' }
    if (result.kind === 'refused')
      return { kind: 'judged', experiment: await refuse(context, proposal, base, result.refusal) }
    await addCandidate(context, result.candidate)
    return { kind: 'pending', candidate: result.candidate }
  })
}

/** Runs a candidate until its verdict; it stays pending when Ctrl-C comes before a further run. */
async function judge(context: ManualContext, number: number): Promise<ManualVerdict> {
  for (;;) {
    const next = await context.judge(() => judgeNext(context, number))
    if (next.kind === 'judged') return next
    // There is no agent to rework it: the user reads the reason.
    if (next.kind === 'rework')
      return { kind: 'judged', experiment: await context.judge(() => recordWithoutRework(context, next.request)) }
    if (context.interrupt.finish.aborted || next.kind !== 'run')
      return { kind: 'pending', candidate: context.state.pending.get(number) as Candidate }
    await train(context, next.order)
  }
}

type Stop = NonNullable<Session['stop']>

const interrupted: Stop = { kind: 'interrupted', detail: 'stopped by hand' }

/** The stop of an unfinished session is restored, so that it can still be resumed; otherwise the session has ended again. */
const stopAfter = (before: Stop | null): Stop =>
  before && isOver(before.kind) ? { kind: use, detail: 'the last experiment was manual' } : (before ?? interrupted)

async function close(context: ManualContext, stop: Stop, writeReport: WriteReport): Promise<void> {
  await withdrawReport(context.folder)
  await emit(context, { event: 'stopped', ...stop })
  await writeSession(context.folder, context.state.session)
  await writeTables(context.folder, context.state)
  await writeReport(context.folder).catch((error: unknown) => {
    context.terminal.step('report', `failed: ${sanitizeText(error instanceof Error ? error.message : String(error))}`)
  })
}
