/**
 * The context of a running session: paths, state, and `emit`, the only way to add an event. Each folder of ratchet/ has a
 * context.ts that names the fields its steps use.
 */

import type { Engine } from '../../engines/engine.ts'
import type { Frozen } from '../../engines/local/frozenHashes.ts'
import type { Runners } from '../../engines/local/runners.ts'
import type { Git, Repository } from '../../lib/git/git.ts'
import type { Interrupt } from '../../lib/process/interrupt.ts'
import { redactRecord } from '../../lib/secrets/redact.ts'
import type { Serial } from '../../lib/serial.ts'
import type { Terminal } from '../../lib/terminal/terminal.ts'
import type { Contract } from '../../program/contract.ts'
import { files } from '../../record/files/paths.ts'
import { append, type JournalEvent, type NewEvent } from '../../record/journal.ts'
import { apply, type State } from '../../record/state.ts'
import type { Pause } from '../control/pause.ts'
import type { GpuWatch } from '../gpu/watch.ts'
import type { UserHooks } from '../hooks/userHooks.ts'
import type { RunSandbox } from '../sandbox/find.ts'
import type { TraceWatch } from '../traces/traceWatch.ts'
import type { Evaluation } from '../train/evaluate/folder.ts'

export interface SessionContext {
  /** `sessions/<id>`. */
  folder: string
  /** `.nightshift/<id>`. */
  work: string
  /** Path of program.md, read again before each proposal. */
  program: string
  /**
   * As recorded, with new stop rules; a folder in `data` has its absolute path, as runs get it; `evaluate` and
   * `hide` are empty where they cannot be used on this machine.
   */
  contract: Contract
  repository: Repository
  /** Worktree in which agents propose. */
  proposalWorktree: Worktree
  /** Worktree in which a candidate is rebased onto a newer head. */
  rebaseWorktree: Worktree
  /** Places to train. */
  slots: [Slot, ...Slot[]]
  /** Where runs execute; null: in processes of this machine. */
  engine: Engine | null
  runners: Runners
  /** What runs execute in. */
  sandbox: RunSandbox
  /** Samples what else uses the GPUs. */
  gpus: GpuWatch
  /** Looks for what runs leave outside the session's folders. */
  traces: TraceWatch
  /** What a slot has of the frozen files: not what is hidden from runs. */
  frozen: Frozen
  /** Where evaluators run; null where runs measure themselves. */
  evaluation: Evaluation | null
  /** Absolute paths that a run must not read. */
  hidden: string[]
  state: State
  /** Tree ID → experiment number, for all trees tried so far; a tree is not tried twice. */
  tried: Map<string, number>
  terminal: Terminal
  /** Called with every event, for `--json`. */
  echo: (event: JournalEvent) => void
  /** Called when the session has begun or resumed: the checks at the start passed, and requests are read. */
  onBegun: (id: string) => void
  interrupt: Interrupt
  /** null: program.md has none. */
  userHooks: UserHooks | null
  /** Whether the session is paused. */
  pause: Pause
  /** Events are written one at a time. */
  journal: Serial
  /** Serializes verdicts; only the judge moves the branch. */
  judge: Serial
  /** Releases the session's lock. */
  unlock: () => Promise<void>
}

export interface Worktree {
  path: string
  git: Git
}

export interface Slot extends Worktree {
  index: number
  /** CUDA_VISIBLE_DEVICES of its runs; null without GPUs. */
  gpu: string | null
}

/** Fields used to add an event. */
export type EmitContext = Pick<SessionContext, 'folder' | 'state' | 'echo' | 'journal'>

/** Appends an event, without keys, to the journal and, once it is on disk, applies it to the state. */
export const emit = ({ folder, state, echo, journal }: EmitContext, event: NewEvent): Promise<void> =>
  journal(async () => {
    const full = await append(files.journal(folder), redactRecord(event))
    apply(state, full)
    echo(full)
  })

/** The ref of a candidate, `refs/autoresearch/<tag>/0042`, which is kept for every verdict. */
export const refOf = ({ state }: Pick<SessionContext, 'state'>, name: string): string =>
  `refs/autoresearch/${state.session.tag}/${name}`
