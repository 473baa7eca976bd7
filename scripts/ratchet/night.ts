/** What every step of a night shares: where things are, what has happened so far, and the one way to add to it. */
import type { Git, Repository } from '../lib/git.ts'
import type { Terminal } from '../lib/terminal.ts'
import type { Contract } from '../program/contract.ts'
import { files } from '../record/files.ts'
import { append, type JournalEvent, type NewEvent } from '../record/journal.ts'
import { apply, type State } from '../record/state.ts'
import type { Frozen } from './freeze.ts'

export interface Night {
  /** `sessions/<id>`. */
  folder: string
  /** `.nightshift/<id>`. */
  work: string
  /** Path of program.md, read again before each proposal. */
  program: string
  contract: Contract
  repository: Repository
  /** The two worktrees: one where proposals are made, one where runs are made. */
  proposal: Worktree
  slot: Worktree
  frozen: Frozen
  state: State
  /** Trees that were tried, with the experiment that did; nothing is trained twice. */
  tried: Map<string, number>
  terminal: Terminal
  /** Told of every event, for `--json`. */
  echo: (event: JournalEvent) => void
  /** Aborted by Ctrl-C: the run under way is ended, nothing new is begun. */
  signal: AbortSignal
}

export interface Worktree {
  path: string
  git: Git
}

/** Appends an event to the journal, waits until it is on disk, and only then lets it count. */
export async function emit(night: Night, event: NewEvent): Promise<void> {
  const full = await append(files.journal(night.folder), event)
  apply(night.state, full)
  night.echo(full)
}

/** `refs/autoresearch/<tag>/0042`, where a candidate's commit is kept whatever becomes of it. */
export const refOf = (night: Night, name: string): string => `refs/autoresearch/${night.state.session.tag}/${name}`
