/** What every step of a night shares: where things are, what has happened so far, and the one way to add to it. */
import type { Git, Repository } from '../../lib/git.ts'
import type { Serial } from '../../lib/serial.ts'
import type { Terminal } from '../../lib/terminal.ts'
import type { Contract } from '../../program/contract.ts'
import { files } from '../../record/files.ts'
import { append, type JournalEvent, type NewEvent } from '../../record/journal.ts'
import { apply, type State } from '../../record/state.ts'
import type { Frozen } from '../train/freeze.ts'

export interface Night {
  /** `sessions/<id>`. */
  folder: string
  /** `.nightshift/<id>`. */
  work: string
  /** Path of program.md, read again before each proposal. */
  program: string
  contract: Contract
  repository: Repository
  /** Where proposals are made. */
  proposal: Worktree
  /** Where a candidate is put on a newer best. */
  stack: Worktree
  /** Places to train. */
  slots: [Slot, ...Slot[]]
  frozen: Frozen
  state: State
  /** Trees that were tried, with the experiment that did; nothing is trained twice. */
  tried: Map<string, number>
  terminal: Terminal
  /** Told of every event, for `--json`. */
  echo: (event: JournalEvent) => void
  interrupt: Interrupt
  /** Events are written one at a time. */
  journal: Serial
  /** Verdicts are given one at a time: the judge alone moves the branch. */
  judge: Serial
  /** Lets go of the session's lock. */
  unlock: () => Promise<void>
}

/** Ctrl-C. Once: finish what runs, then confirm and report. Twice: end the run under way, too. */
export interface Interrupt {
  /** Aborted by the first. */
  finish: AbortSignal
  /** Aborted by the second. */
  now: AbortSignal
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

/** Appends an event to the journal, waits until it is on disk, and only then lets it count. */
export const emit = (night: Night, event: NewEvent): Promise<void> =>
  night.journal(async () => {
    const full = await append(files.journal(night.folder), event)
    apply(night.state, full)
    night.echo(full)
  })

/** `refs/autoresearch/<tag>/0042`, where a candidate's commit is kept whatever becomes of it. */
export const refOf = (night: Night, name: string): string => `refs/autoresearch/${night.state.session.tag}/${name}`
