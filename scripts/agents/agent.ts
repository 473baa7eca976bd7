/** The interface of all agents. An agent edits a worktree; the harness runs, measures and decides. */
import { Failure } from '../lib/errors.ts'
import type { Status } from '../record/schema.ts'
import type { SweepValue } from '../record/sweep.ts'

export interface Task {
  /** Root of the proposal's worktree, reset to the head, or to the crashed change that is to be fixed. */
  worktree: string
  /** Working directory of the target in the worktree. */
  folder: string
  /** Editable files, relative to the worktree. */
  edit: string[]
  /** "" for an agent that reads none. */
  prompt: string
  goal: 'minimize' | 'maximize'
  history: PastExperiment[]
  /** Standard deviation of one run, in units of the metric; null: unknown. */
  sigma: number | null
  /** run.log of the baseline's first run; empty while there is none. */
  baselineLog: string
  /** Patch that conflicts with the new head and is to be made again; null: a new proposal, or a fix. */
  conflictPatch: string | null
  /** Whether an earlier experiment has the worktree's present tree. */
  isDuplicate: () => Promise<boolean>
  /** Value of NIGHTSHIFT_RUN in every process that the agent starts; identifies orphans. */
  mark: string
  /** Path of the transcript: JSON Lines, capped and without secrets, see clients/transcript.ts. null: none. */
  transcript: string | null
  signal: AbortSignal
}

/** An earlier experiment with its patch. */
export interface PastExperiment {
  number: number
  /** null: not judged yet. */
  status: Status | null
  /** Over the head it was judged against, in units of the metric; positive is better. null: not measured. */
  gain: number | null
  patch: string
}

export interface Proposal {
  /** null: none could be read; the harness derives one from the diff. */
  description: string | null
  hypothesis: string | null
  /** null: the client does not report it. */
  model: string | null
  tokens: number | null
  costUsd: number | null
  /** The sweep that it asks for; absent: its edits are one candidate. */
  sweep?: SweepRequest
}

/** Values to try of one constant, or of two: every pair of theirs. `problem`: why the request is not a valid sweep, a clause. */
export type SweepRequest = { kind: 'values'; values: Map<string, SweepValue[]> } | { kind: 'problem'; problem: string }

/** Why an agent gave no proposal. */
export type DownKind =
  | 'rate-limit'
  | 'overload'
  | 'auth'
  | 'network'
  | 'timeout'
  | 'crash'
  | 'empty'
  | 'unreadable'
  | 'unknown'

/** The agent gave no proposal. It is asked again after a backoff; a fallback proposes meanwhile. */
export class AgentDown extends Failure {
  readonly kind: DownKind
  /** Seconds to wait, as the service asked; null: it did not. */
  readonly retryAfter: number | null

  constructor(kind: DownKind, retryAfter: number | null, found: string, advice: string) {
    super(found, advice)
    this.kind = kind
    this.retryAfter = retryAfter
  }
}

/** Result of an agent's check before the session. */
export interface AgentCheck {
  use: string
  /** Of the client program; null: unknown, or no client. */
  version: string | null
  /** Notes on the agent's permissions, one sentence each. */
  notes: string[]
  /** What its process runs in, e.g. "bubblewrap"; absent where that is no sandbox of ours. */
  sandbox?: string
  /**
   * Why the agent cannot propose, and how to fix it; null: it can. `ends`: the session does not start without it, though
   * another agent could propose.
   */
  problem: { found: string; advice: string; ends?: boolean } | null
}

export interface Agent {
  use: string
  /**
   * Checks that the client is installed, logged in, and knows the model; without tokens where the client allows it.
   * @param mark as in a task; null: no session yet
   */
  check(mark: string | null): Promise<AgentCheck>
  /**
   * Edits the worktree.
   * @returns null: nothing left to try
   * @throws {AgentDown} no answer, a non-zero exit code, or a timeout
   */
  propose(task: Task): Promise<Proposal | null>
}
