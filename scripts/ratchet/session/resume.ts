/** Reopens a session that was interrupted or has ended: replays the journal and makes branch, refs and tables agree. */
import { dirname, join } from 'node:path'
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { openRepository } from '../../lib/git/git.ts'
import { notebook, sessionsRoot } from '../../lib/paths.ts'
import type { Contract } from '../../program/contract.ts'
import { frontmatterSchema } from '../../program/contract.ts'
import { readContract } from '../../program/read.ts'
import { activeSeconds } from '../../record/activeTime.ts'
import { files } from '../../record/files/paths.ts'
import { candidatesOf, type JournalEvent, readJournalIfThere, repairJournal } from '../../record/journal.ts'
import { apply, initialState, type RunStarted, type State } from '../../record/state.ts'
import { isOver } from '../../record/unfinished.ts'
import { writeSession, writeTables } from '../../record/write.ts'
import { putFinalBranch, putFinalPatch } from '../prune/finalBranch.ts'
import { goesOnElsewhere } from '../train/execute/elsewhere.ts'
import { recoverRun } from '../train/train.ts'
import type { SessionContext } from './context.ts'
import { findProgram } from './open.ts'
import { closeSession, prepare, type SessionHooks } from './prepare.ts'
import { explained, putRefs } from './refs.ts'

/** Contract keys that may change on resumption: limits only, nothing that affects measurements. */
export type NewLimits = Partial<Pick<Contract, 'until' | 'hours' | 'experiments'>>

export interface Reopened {
  context: SessionContext
  /** Seconds that the session has run so far, interruptions excluded. */
  spent: number
}

/** Reopens a session whose journal is on this machine, and recovers the runs that were under way. */
/** @param isOfLoop whether a loop follows, whose slots wait for runs that go on on an engine; else they are waited for here */
export async function reopenSession(
  id: string,
  hooks: SessionHooks,
  newLimits: NewLimits = {},
  { isOfLoop = false } = {},
): Promise<Reopened> {
  const folder = join(sessionsRoot, id)
  const before = (await replay(folder)).state
  const { session } = before
  const program = await findProgram(id, join(notebook, session.program))
  const repository = await openRepository(dirname(program))
  const contract = { ...readContract(session), ...before.stopRules, ...newLimits }
  // Of a session that has ended only the report may be left: that needs no place.
  const isEnded = before.session.stop !== null && isOver(before.session.stop.kind)
  const purpose = isOfLoop && isEnded && Object.keys(newLimits).length === 0 ? 'cancel' : 'run'
  // Without a loop one run is made at a time, beside those that an earlier harness left.
  const left = Math.max(0, ...[...before.running.values()].map(({ slot }) => slot))
  const most = isOfLoop ? null : left + 1
  const context = await prepare(before, contract, repository, program, hooks, purpose, most).catch(
    async (error: unknown) => {
      throw await explained({ repository, state: before }, error)
    },
  )
  try {
    // Only with the lock: a running harness may be writing a line.
    await repairJournal(files.journal(folder))
    // Replayed again, because another harness may have continued the session before the lock was taken.
    const { state, events } = await replay(folder)
    context.state = state
    await reconcile(context, events)
    await recoverRuns(context, isOfLoop && state.session.replication === undefined)
    await writeSession(folder, state.session)
    await writeTables(folder, state)
    return { context, spent: activeSeconds(state.session, state.seenAt) }
  } catch (error) {
    await closeSession(context)
    throw error
  }
}

/** Path of program.md, on this machine, of a session that has a journal. */
export async function programOf(id: string): Promise<string> {
  const { session } = (await replay(join(sessionsRoot, id))).state
  return findProgram(id, join(notebook, session.program))
}

/**
 * Recovers each run that was under way.
 * @throws the first error, after the other runs have ended, because closing the session removes their worktrees
 */
async function recoverRuns(context: SessionContext, takesOver: boolean): Promise<void> {
  const failures: unknown[] = []
  const { engine } = context
  for (const started of [...context.state.running.values()]) {
    if (engine !== null && takesOver && isOfSlots(started) && (await goesOnElsewhere(context, engine, started)))
      continue
    await recoverRun(context, started).catch((error: unknown) => failures.push(error))
  }
  if (failures.length > 0) throw failures[0]
}

/** Runs that slots make; those of the baseline and of confirm are made one after another. */
const isOfSlots = ({ purpose }: RunStarted): boolean =>
  ['candidate', 'opponent', 'seed', 'repeat', 'drift'].includes(purpose)

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
  const { state, tried } = context
  for (const { tree, number } of events.flatMap(candidatesOf)) tried.set(tree, number)
  for (const { tree, number } of state.experiments) if (tree) tried.set(tree, number)
  await putRefs(context, events)
  await putFinalBranch(context)
  await putFinalPatch(context)
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
