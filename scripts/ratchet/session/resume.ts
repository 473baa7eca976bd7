/** Reopens a session that was interrupted or has ended: replays the journal and makes branch, refs and tables agree. */
import { dirname, join } from 'node:path'
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { openRepository, setRef } from '../../lib/git/git.ts'
import { notebook, sessionsRoot } from '../../lib/paths.ts'
import type { Contract } from '../../program/contract.ts'
import { frontmatterSchema } from '../../program/contract.ts'
import { readContract } from '../../program/read.ts'
import { activeSeconds } from '../../record/activeTime.ts'
import { files } from '../../record/files.ts'
import { type JournalEvent, readJournalIfThere, repairJournal } from '../../record/journal.ts'
import { apply, headOf, initialState, isPruned, type State } from '../../record/state.ts'
import { writeSession, writeTables } from '../../record/write.ts'
import { refName } from '../propose/candidate.ts'
import { finalRef, putFinalBranch, putFinalPatch } from '../prune/finalBranch.ts'
import { recoverRun } from '../train/train.ts'
import { refOf, type SessionContext } from './context.ts'
import { findProgram } from './open.ts'
import { closeSession, prepare, type SessionHooks } from './prepare.ts'

/** Contract keys that may change on resumption: limits only, nothing that affects measurements. */
export type NewLimits = Partial<Pick<Contract, 'until' | 'hours' | 'experiments'>>

export interface Reopened {
  context: SessionContext
  /** Seconds that the session has run so far, interruptions excluded. */
  spent: number
}

/** Reopens a session whose journal is on this machine, and recovers the runs that were under way. */
export async function reopenSession(id: string, hooks: SessionHooks, newLimits: NewLimits = {}): Promise<Reopened> {
  const folder = join(sessionsRoot, id)
  const before = (await replay(folder)).state
  const { session } = before
  const program = await findProgram(id, join(notebook, session.program))
  const repository = await openRepository(dirname(program))
  const contract = { ...readContract(session), ...before.stopRules, ...newLimits }
  const context = await prepare(before, contract, repository, program, hooks)
  try {
    // Only with the lock: a running harness may be writing a line.
    await repairJournal(files.journal(folder))
    // Replayed again, because another harness may have continued the session before the lock was taken.
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
 * Recovers each run that was under way.
 * @throws the first error, after the other runs have ended, because closing the session removes their worktrees
 */
async function recoverRuns(context: SessionContext): Promise<void> {
  const failures: unknown[] = []
  for (const started of [...context.state.running.values()])
    await recoverRun(context, started).catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}

/** Reads the journal. @returns its events and the resulting state */
export async function replay(folder: string): Promise<{ state: State; events: JournalEvent[] }> {
  const events = await readJournalIfThere(files.journal(folder))
  if (events === null)
    throw new Failure(
      `${folder} has no journal.`,
      `Only a session made by \`${command('session')}\` on this machine can be run again.`,
    )
  const first = events[0]
  if (first?.event !== 'started')
    throw new Failure(`${files.journal(folder)} does not begin with a session.`, 'Restore it from a copy.')
  const state = initialState(first.session)
  for (const event of events) apply(state, event)
  return { state, events }
}

/** Sets branch and refs as the journal records them, and removes other refs of the session. */
async function reconcile(context: SessionContext, events: JournalEvent[]): Promise<void> {
  const { repository, state, tried } = context
  const { git } = repository
  const wanted = new Map<string, string>()
  for (const event of events) {
    if (event.event === 'final' && isPruned(event.final))
      wanted.set(finalRef(context, event.final.head), event.final.commit)
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
  await putFinalBranch(context)
  await putFinalPatch(context)
}

/** @throws {Failure} when the branch is at a commit that is not from this session */
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
      `Put it back with \`git update-ref ${ref} ${head}\` (its commits stay reachable by another branch), then \`${command(`session resume ${id}`)}\`.`,
    )
  await setRef(repository.git, ref, head)
}

/** Validates the limits given to `session resume` by the schema of the frontmatter. */
export function readNewLimits(overrides: Record<string, unknown>): NewLimits {
  const known = ['until', 'hours', 'experiments']
  const other = Object.keys(overrides).find(key => !known.includes(key))
  if (other)
    throw new Failure(
      `--${other} cannot be changed when a session is resumed.`,
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
