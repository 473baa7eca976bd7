/** Pushes this notebook's sessions to its branch of a remote, and brings those of the others' branches. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure } from '../../lib/errors.ts'
import { takeLock } from '../../lib/process/lock.ts'
import { suggest } from '../../lib/suggest.ts'
import type { Terminal } from '../../lib/terminal/terminal.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { Ask } from '../ask.ts'
import { userGitIn } from '../remote/userGit.ts'
import { readAddress, type SyncAddress } from './address.ts'
import { isWrittenByOthers } from './branch.ts'
import { newNotebookId, readNotebookId } from './notebook.ts'
import { checkAllowed, isNightshift, isReadableByAll, refuseOwnCheckout, sharesHistory } from './ownRepository.ts'
import { isPublicAddress } from './public.ts'
import { type Pulled, pull } from './pull/pull.ts'
import { type Pushed, push } from './push/push.ts'
import { branchPrefix, listTips, stoppedFailure } from './refs.ts'
import { rememberRemote } from './remembered.ts'
import { copyShare, openShareRepository, pack, type ShareRepository, shareFolder } from './repository.ts'
import type { SyncRequest } from './request.ts'
import { readState, type SyncState, writeState } from './state.ts'

export interface SyncContext {
  /** Folder of the session records. */
  root: string
  /** `.nightshift`. */
  work: string
  /** The notebook's folder, whose remotes may be named. */
  notebook: string
  env: NodeJS.ProcessEnv
  /** Label of this machine. @param keep whether to store a newly made one */
  label(keep: boolean): Promise<string>
  terminal: Pick<Terminal, 'step' | 'live'>
  /** null where no person can answer. */
  ask: Ask | null
  /** Aborted by Ctrl-C. */
  stopped: AbortSignal
}

export interface Synced {
  address: string
  /** Whether nothing was written. */
  dryRun: boolean
  /** null with --pull, or when it failed. */
  pushed: Pushed | null
  /** null with --push. */
  pulled: Pulled | null
  /** What went wrong with some of it, after all else was done. */
  failures: Failure[]
}

/** @throws {Failure} when the remote cannot be reached, or is not allowed */
export async function sync(request: SyncRequest, context: SyncContext): Promise<Synced> {
  const { work, env, stopped } = context
  const ownGit = userGitIn(context.notebook, env, { quietMs: request.quietMs, stopped })
  const where = await readAddress(request.remote, work, ownGit, context.ask)
  await refuseOwnCheckout(where.url, where.address, ownGit)
  if (request.dryRun) return inCopy(where, work, copy => syncWith(where, request, { ...context, work: copy }))
  const unlock = await takeLock(join(await shareFolder(where.address, work), 'lock'), `A sync with ${where.address}`, {
    is: 'done',
    advice: 'Wait for it to end, and run the command again.',
  })
  try {
    return await syncWith(where, request, context)
  } finally {
    await unlock()
  }
}

/** @param context its `work` is a copy in a dry run */
async function syncWith(where: SyncAddress, request: SyncRequest, context: SyncContext): Promise<Synced> {
  const { work, env, stopped, terminal, root } = context
  const patience = { quietMs: request.quietMs, stopped }
  const folder = await shareFolder(where.address, work)
  const state = (await readState(folder)) ?? newState(where.address)
  const isPublic = await isPublicAddress(where.url)
  checkAllowed(where.address, isPublic, state.public || request.allowPublic)
  checkRestore(request, state)
  const share = await openShareRepository(where, work, env, patience)
  if (isPublic) await checkPublic(share, state, request, context)
  const tips = await listTips(share)
  await rememberRemote(work, where.given)
  const notebook = await notebookFor(share, state, request, context, tips)
  const pulled = request.pull ? await pull(share, state, request, { root, notebook, tips, terminal, stopped }) : null
  const failures = [...(pulled?.failures ?? [])]
  const pushed = request.push && !stopped.aborted ? await pushing() : null
  if (!request.dryRun && !stopped.aborted) await pack(share)
  if (stopped.aborted && failures.length === 0) failures.push(stoppedFailure())
  return { address: where.address, dryRun: request.dryRun, pushed, pulled, failures }

  /** Its failure comes after what was brought in is listed. */
  async function pushing(): Promise<Pushed | null> {
    const label = await context.label(!request.dryRun)
    try {
      return await push(share, state, request, { ...context, notebook, label, checkout: context.notebook, tips })
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      failures.push(error)
      return null
    }
  }
}

/** @throws {Failure} for a session that was neither withdrawn nor brought */
function checkRestore({ restore }: Pick<SyncRequest, 'restore'>, { withdrawn, pulled }: SyncState): void {
  const known = [...withdrawn, ...Object.values(pulled).flatMap(({ sessions }) => Object.keys(sessions))]
  const unknown = restore.find(id => !known.includes(id))
  if (unknown !== undefined)
    throw new Failure(
      `--restore ${sanitizeText(unknown, 150)}: no such session was withdrawn, or brought from there.`,
      suggest(unknown, known, 'Give its whole id.'),
    )
}

/** A dry run works on a copy that is removed: it reads the remote as the real one does. */
async function inCopy<T>(where: SyncAddress, work: string, run: (copy: string) => Promise<T>): Promise<T> {
  const copy = await mkdtemp(join(tmpdir(), 'nightshift-sync-'))
  try {
    await copyShare(where.address, work, copy)
    return await run(copy)
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}

/** What is asked once of a public address is remembered with it. @throws {Failure} when it is Nightshift's own */
async function checkPublic(
  share: ShareRepository,
  state: SyncState,
  { quietMs }: Pick<SyncRequest, 'quietMs'>,
  { notebook, env, stopped }: SyncContext,
): Promise<void> {
  const patience = { quietMs, stopped }
  const isRelated = state.related ?? (await sharesHistory(share, userGitIn(notebook, env, patience), env, patience))
  // A private fork may be made public at any time.
  if (isRelated && (await isReadableByAll(share.url, quietMs))) throw isNightshift(share.address)
  if (state.public && state.related !== null) return
  Object.assign(state, { public: true, related: isRelated })
  await writeState(share.folder, state)
}

/** A notebook whose branch another one writes too, as a copy of it does, becomes one of its own with --name. */
async function notebookFor(
  share: ShareRepository,
  state: SyncState,
  { name }: Pick<SyncRequest, 'name'>,
  { work }: Pick<SyncContext, 'work'>,
  tips: Map<string, string>,
): Promise<string> {
  const isRenamed = name !== null && state.branch !== null && branchPrefix + name !== state.branch
  if (isRenamed && (await isWrittenByOthers(share, state.branch ?? '', tips.get(state.branch ?? '') ?? null)))
    return newNotebookId(work)
  return readNotebookId(work)
}

const newState = (address: string): SyncState => ({
  schema: 1,
  address,
  public: false,
  related: null,
  branch: null,
  pushed: {},
  withdrawn: [],
  workflow: null,
  pulled: {},
})
