/**
 * What a session has: where things are, what has happened so far, and the one way to add to it. Each folder of ratchet/
 * names in its own context.ts which of these fields its steps use.
 */

import type { Git, Repository } from '../../lib/git/git.ts'
import type { Interrupt } from '../../lib/process/interrupt.ts'
import type { Serial } from '../../lib/serial.ts'
import type { Terminal } from '../../lib/terminal.ts'
import type { Contract } from '../../program/contract.ts'
import { files } from '../../record/files.ts'
import { append, type JournalEvent, type NewEvent } from '../../record/journal.ts'
import { apply, type State } from '../../record/state.ts'
import type { Pause } from '../control/pause.ts'
import type { Frozen } from '../train/freeze.ts'

export interface SessionContext {
  /** `sessions/<id>`. */
  folder: string
  /** `.nightshift/<id>`. */
  work: string
  /** Path of program.md, read again before each proposal. */
  program: string
  contract: Contract
  repository: Repository
  /** Where proposals are made. */
  proposalWorktree: Worktree
  /** Where a candidate is rebased onto a newer head. */
  rebaseWorktree: Worktree
  /** Places to train. */
  slots: [Slot, ...Slot[]]
  frozen: Frozen
  state: State
  /** Trees that were tried, with the experiment that did; nothing is trained twice. */
  tried: Map<string, number>
  terminal: Terminal
  /** Told of every event, for `--json`. */
  echo: (event: JournalEvent) => void
  /** Called when the session has begun or goes on: it reads requests, and nothing that can be wrong at the start was. */
  onBegun: (id: string) => void
  interrupt: Interrupt
  /** Whether a person holds what would begin. */
  pause: Pause
  /** Events are written one at a time. */
  journal: Serial
  /** Verdicts are given one at a time: the judge alone moves the branch. */
  judge: Serial
  /** Lets go of the session's lock. */
  unlock: () => Promise<void>
}

export interface Worktree {
  path: string
  git: Git
}

export interface Slot extends Worktree {
  index: number
  /** What CUDA_VISIBLE_DEVICES says in it; null where there is no GPU to choose. */
  gpu: string | null
}

/** What it takes to add an event. */
export type EmitContext = Pick<SessionContext, 'folder' | 'state' | 'echo' | 'journal'>

/** Appends an event to the journal, waits until it is on disk, and only then lets it count. */
export const emit = ({ folder, state, echo, journal }: EmitContext, event: NewEvent): Promise<void> =>
  journal(async () => {
    const full = await append(files.journal(folder), event)
    apply(state, full)
    echo(full)
  })

/** `refs/autoresearch/<tag>/0042`, where a candidate's commit is kept whatever becomes of it. */
export const refOf = ({ state }: Pick<SessionContext, 'state'>, name: string): string =>
  `refs/autoresearch/${state.session.tag}/${name}`
