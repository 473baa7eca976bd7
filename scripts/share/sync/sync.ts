/** Pushes this notebook's sessions to its branch of a remote, and brings those of the others' branches. */
import type { Failure } from '../../lib/errors.ts'
import { takeLock } from '../../lib/process/lock.ts'
import type { Terminal } from '../../lib/terminal/terminal.ts'
import type { Ask } from '../ask.ts'
import { userGitIn } from '../remote/userGit.ts'
import { readAddress } from './address.ts'
import { readNotebookId } from './notebook.ts'
import { type Pulled, pull } from './pull/pull.ts'
import { listTips } from './refs.ts'
import { rememberRemote } from './remembered.ts'
import { openShareRepository } from './repository.ts'
import type { SyncRequest } from './request.ts'
import { readState, type SyncState } from './state.ts'

export interface SyncContext {
  /** Folder of the session records. */
  root: string
  /** `.nightshift`. */
  work: string
  /** The notebook's folder, whose remotes may be named. */
  notebook: string
  env: NodeJS.ProcessEnv
  terminal: Pick<Terminal, 'step' | 'live'>
  /** null where no person can answer. */
  ask: Ask | null
  /** Aborted by Ctrl-C. */
  stopped: AbortSignal
}

export interface Synced {
  address: string
  pulled: Pulled | null
  /** What went wrong with some of it, after all else was done. */
  failures: Failure[]
}

/** @throws {Failure} when the remote cannot be reached, or is not allowed */
export async function sync(request: SyncRequest, context: SyncContext): Promise<Synced> {
  const { work, env, stopped } = context
  const patience = { quietMs: request.quietMs, stopped }
  const where = await readAddress(request.remote, work, userGitIn(context.notebook, env, patience), context.ask)
  const share = await openShareRepository(where, work, env, patience)
  const unlock = await takeLock(`${share.folder}/lock`, `A sync with ${share.address}`, {
    is: 'done',
    advice: 'Wait for it to end, and run the command again.',
  })
  try {
    const state = (await readState(share.folder)) ?? newState(share.address)
    const notebook = await readNotebookId(work, !request.dryRun)
    const tips = await listTips(share)
    if (!request.dryRun) await rememberRemote(work, where.given)
    const pulled = request.pull ? await pull(share, state, request, { ...context, notebook, tips }) : null
    return { address: share.address, pulled, failures: pulled?.failures ?? [] }
  } finally {
    await unlock()
  }
}

const newState = (address: string): SyncState => ({
  schema: 1,
  address,
  public: false,
  branch: null,
  pushed: {},
  pulled: {},
})
