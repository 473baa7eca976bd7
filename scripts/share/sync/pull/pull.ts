/** Brings the sessions of the other branches into the notebook. */
import type { Failure } from '../../../lib/errors.ts'
import type { Terminal } from '../../../lib/terminal/terminal.ts'
import type { ShareRepository } from '../repository.ts'
import type { SyncRequest } from '../request.ts'
import type { SyncState } from '../state.ts'

export type PullOptions = Pick<
  SyncRequest,
  'machines' | 'since' | 'tag' | 'accept' | 'restore' | 'verified' | 'program' | 'dryRun'
>

export interface PullContext {
  /** Folder of the session records. */
  root: string
  /** Id of this notebook: a branch with it in notebook.json is an earlier one of its own. */
  notebook: string
  /** Branches `sessions/*` of the remote with their commits, as they were listed just now. */
  tips: Map<string, string>
  terminal: Pick<Terminal, 'step' | 'live'>
  /** Aborted by Ctrl-C. */
  stopped: AbortSignal
}

export interface Pulled {
  sessions: {
    id: string
    branch: string
    what: 'new' | 'changed' | 'refused' | 'withdrawn' | 'deleted'
    why: string | null
  }[]
  /** Thrown at the end, after all else was done. */
  failures: Failure[]
}

export async function pull(
  _share: ShareRepository,
  _state: SyncState,
  _options: PullOptions,
  _context: PullContext,
): Promise<Pulled> {
  return { sessions: [], failures: [] }
}
