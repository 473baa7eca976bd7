/**
 * An engine: where the runs of a session execute, if not in processes of the harness's own machine. One file an engine makes
 * it; ratchet/train/ uses it. Every engine executes runs by the Python runner in node/, so that the time, the caps, the orphans
 * and exit.json are the same everywhere.
 */
import type { LossCause } from '../record/lossCauses.ts'
import type { Facts } from './facts.ts'
import type { NodeJob, NodePaths } from './nodeJob.ts'

export { type LossCause, lossCauses } from '../record/lossCauses.ts'

/** A run that was given to an engine. Recorded in the journal, so that a resumed session finds it. */
export interface Handle {
  /** The session's own name of this attempt: letters, digits, `-` and `_`. The same key is never executed twice. */
  key: string
  /** Index of the place, which is that of the slot. */
  place: number
  /** The engine's own name of what executes it, e.g. a Slurm job ID or a host; null where there is none. */
  job: string | null
}

interface Began {
  /** When its runner began, milliseconds since 1970 by the clock of this machine; null or absent: not known. */
  beganAt?: number | null | undefined
}

export type Polled =
  /** Not started yet. */
  | { state: 'waiting'; reason: string | null }
  | ({ state: 'running'; node: string } & Began)
  /** Whether it still runs is not known, e.g. while a host does not answer. @property since milliseconds since 1970 */
  | { state: 'unreachable'; since: number; reason: string }
  /** Its runner wrote exit.json. */
  | ({ state: 'ended'; node: string } & Began)
  /** There is no result, and none will come. @property detail one line, in the words of the node or the scheduler */
  | { state: 'lost'; cause: LossCause; detail: string; node: string | null }

/** A place to train: a held allocation, a GPU of a host, or the right to one more job. */
export interface Place {
  index: number
  /** Folder of the session on the machines of this place. */
  root: string
  /** Of the machine that it is on; null until it is there. */
  facts: Facts | null
  state:
    | { kind: 'waiting'; since: number; reason: string | null }
    | { kind: 'ready'; node: string }
    /** It will not be ready any more without help. `advice`: what helps, where that is known. */
    | { kind: 'failed'; reason: string; advice?: string }
  /** The scheduler's job that holds it; absent where none does. */
  job?: string | null
}

/** Where `fetch` puts what a run has left: local paths. Missing files are not made. */
export interface FetchedPaths {
  /** Folder for run.log, curve.csv and what else the run left in its record's folder. */
  run: string
  exit: string
  owner: string
  evaluation: string
  evaluatorLog: string
}

export interface Engine {
  /** For records and pages, e.g. "Slurm, partition a100, 4 held jobs with 1 GPU each". */
  description: string
  /** One for each slot, by index. Their state changes. */
  places: readonly Place[]
  /**
   * Resolves when a place has become ready or failed, a run has changed its state, or after some seconds.
   */
  changed(): Promise<void>
  /** Paths on the machines of a place. */
  pathsAt(place: number, key: string): NodePaths
  /**
   * Starts a run, unless one with this key is there already: then that one's handle is returned.
   * @throws {Failure} when the engine does not take it
   */
  submit(place: number, job: NodeJob): Promise<Handle>
  /** The run with this key, wherever it is; null where there is none. */
  find(key: string): Promise<Handle | null>
  /** What is known of a run; all runs of an engine are asked for at once, about once a second. */
  poll(handle: Handle): Promise<Polled>
  /** Asks its runner to end the run, as SIGTERM does locally; takes it back where it has not begun. */
  cancel(handle: Handle): Promise<void>
  /** Copies what an ended run has left, and removes it there. */
  fetch(handle: Handle, paths: FetchedPaths): Promise<void>
  /** From now on it asks the scheduler for no job on that node. Absent where places are where they are. */
  avoid?(node: string): void
  /** Gives a place back that has no run, and asks for it again. Absent where a place cannot be on another node. */
  replace?(place: number): Promise<void>
  /**
   * Executes the contract's setup command once at each machine, in the tree of the first commit.
   * @param tell called with lines of its output
   * @throws {Failure} with its last words where it fails
   */
  setUp(command: string, env: Record<string, string>, tell: (place: number, line: string) => void): Promise<void>
  /** Gives everything back: held allocations, waiting jobs, folders. Runs that are under way are ended. */
  close(): Promise<void>
  /** Lets go of it without ending what runs: the session is to be resumed. */
  detach(): Promise<void>
}
