/** A session that was interrupted, or has ended, opened again: the journal is replayed, and all else made to agree. */
import { dirname, join } from 'node:path'
import { Failure } from '../../lib/errors.ts'
import { openRepository, setRef } from '../../lib/git/git.ts'
import { notebook, sessionsRoot } from '../../lib/paths.ts'
import type { Contract } from '../../program/contract.ts'
import { frontmatterSchema } from '../../program/contract.ts'
import { activeSeconds } from '../../record/activeTime.ts'
import { files } from '../../record/files.ts'
import { type JournalEvent, readJournalIfThere, repairJournal } from '../../record/journal.ts'
import { apply, headOf, initialState, type State } from '../../record/state.ts'
import { writeSession, writeTables } from '../../record/write.ts'
import { refName } from '../propose/candidate.ts'
import { recoverRun } from '../train/train.ts'
import { refOf, type SessionContext } from './context.ts'
import { findProgram } from './open.ts'
import { closeSession, prepare, type SessionHooks } from './prepare.ts'

/** Contract keys that a resumed session may take anew: how long it goes on, nothing that is measured. */
export type NewLimits = Partial<Pick<Contract, 'until' | 'hours' | 'experiments'>>

export interface Reopened {
  context: SessionContext
  /** Seconds that the session has run so far, interruptions left out. */
  spent: number
}

/** Opens a session whose journal is on this machine. Runs that were under way are read, waited for or given up. */
export async function reopenSession(id: string, hooks: SessionHooks, newLimits: NewLimits = {}): Promise<Reopened> {
  const folder = join(sessionsRoot, id)
  const before = (await replay(folder)).state
  const { session } = before
  const program = await findProgram(id, join(notebook, session.program))
  const repository = await openRepository(dirname(program))
  const contract = { ...(session.contract as unknown as Contract), ...before.stopRules, ...newLimits }
  const context = await prepare(before, contract, repository, program, hooks)
  try {
    // Cut only now that the lock is ours: a harness that runs may be in the middle of a line.
    await repairJournal(files.journal(folder))
    // Read again: until the lock was ours, another harness may have gone on with it.
    const { state, events } = await replay(folder)
    context.state = state
    await reconcile(context, events)
    await recoverRuns(context)
    await writeSession(folder, state.session)
    await writeTables(folder, state)
    return { context, spent: activeSeconds(events) }
  } catch (error) {
    await closeSession(context)
    throw error
  }
}

/**
 * Reads, waits for or gives up each run that was under way.
 * @throws {Failure} of the first that does not read, once the others have ended: closing removes their worktrees
 */
async function recoverRuns(context: SessionContext): Promise<void> {
  const failures: unknown[] = []
  for (const started of [...context.state.running.values()])
    await recoverRun(context, started).catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}

/** The journal's events and what they add up to. */
export async function replay(folder: string): Promise<{ state: State; events: JournalEvent[] }> {
  const events = await readJournalIfThere(files.journal(folder))
  if (events === null)
    throw new Failure(
      `${folder} has no journal.`,
      'Only a session made by `pnpm session` on this machine can be run again.',
    )
  const first = events[0]
  if (first?.event !== 'started')
    throw new Failure(`${files.journal(folder)} does not begin with a session.`, 'Restore it from a copy.')
  const state = initialState(first.session)
  for (const event of events) apply(state, event)
  return { state, events }
}

/** Branch and refs as the journal has them: what a step cut short left undone is done, what it left over is removed. */
async function reconcile(context: SessionContext, events: JournalEvent[]): Promise<void> {
  const { repository, state, tried } = context
  const { git } = repository
  const wanted = new Map<string, string>()
  for (const event of events) {
    if (event.event !== 'candidate') continue
    wanted.set(refOf(context, refName(event.candidate)), event.candidate.commit)
    tried.set(event.candidate.tree, event.candidate.number)
  }
  for (const { tree, number } of state.experiments) if (tree) tried.set(tree, number)
  const listed = await git.raw('for-each-ref', '--format=%(refname)', refOf(context, ''))
  for (const ref of listed.split('\n').filter(ref => ref !== ''))
    if (!wanted.has(ref) && !ref.endsWith('-ablate')) await git.raw('update-ref', '-d', ref)
  for (const [ref, commit] of wanted) await setRef(git, ref, commit)
  await putBranch(context)
}

/** @throws {Failure} when the branch is somewhere this session never put it */
async function putBranch({ repository, state }: SessionContext): Promise<void> {
  const { branch, baseCommit, id } = state.session
  const ref = `refs/heads/${branch}`
  const head = headOf(state)?.commit ?? baseCommit
  const now = await repository.git.raw('rev-parse', '--verify', '--quiet', ref).catch(() => null)
  if (now === head) return
  const own = [baseCommit, ...state.experiments.filter(e => e.status === 'keep').map(e => e.commit)]
  if (now !== null && !own.includes(now))
    throw new Failure(
      `The branch ${branch} is not where this session left it.`,
      `Put it back with \`git update-ref ${ref} ${head}\` (its commits stay reachable by another branch), then \`pnpm session --resume ${id}\`.`,
    )
  await setRef(repository.git, ref, head)
}

/** Checks the stop rules that flags give a resumed session, by the same schema as the file's. */
export function readNewLimits(overrides: Record<string, unknown>): NewLimits {
  const known = ['until', 'hours', 'experiments']
  const other = Object.keys(overrides).find(key => !known.includes(key))
  if (other)
    throw new Failure(
      `--${other} cannot be changed with --resume.`,
      'A session keeps its contract; only --until, --hours and --experiments may be given.',
    )
  if (Object.keys(overrides).length === 0) return {}
  const result = frontmatterSchema.safeParse({ edit: 'a', run: 'b', metric: 'm', ...overrides })
  if (!result.success) {
    const issue = result.error.issues[0]
    throw new Failure(
      `--${issue?.path.join('.')}: found ${JSON.stringify(overrides[String(issue?.path[0])])}.`,
      `It ${issue?.message}.`,
    )
  }
  const { until, hours, experiments } = result.data
  return { until, hours, experiments }
}
