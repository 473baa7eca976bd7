/** Who proposes: one interface, a file an agent. The harness runs, measures and decides; an agent thinks and edits. */
import { Failure } from '../lib/errors.ts'
import type { Status } from '../record/schema.ts'

export interface Task {
  /** Root of the proposal's own worktree, put at the best. */
  worktree: string
  /** Working directory of the target in it. */
  folder: string
  /** Files that may change, relative to the worktree. */
  edit: string[]
  /** What a thinking agent is told. */
  prompt: string
  goal: 'minimize' | 'maximize'
  history: PastExperiment[]
  /** Noise of one run, in units of the metric; null while it is not known. */
  sigma: number | null
  /** Patch of a proposal of this kind that did not apply to a newer best and is to be made again; null otherwise. */
  conflictPatch: string | null
  /** Whether the worktree, as it is now, is a tree that was tried before. */
  isDuplicate: () => Promise<boolean>
  /** Carried by every process it starts, as NIGHTSHIFT_RUN: what a killed harness leaves of it is ended by that. */
  mark: string
  /** File for what the client said, one JSON object a line; the agent's own file caps and scrubs it. null: not kept. */
  transcript: string | null
  signal: AbortSignal
}

/** An experiment as an agent remembers it, with its patch. */
export interface PastExperiment {
  number: number
  /** null: it waits for its run or its verdict. */
  status: Status | null
  /** Over the best of its time, in units of the metric, positive is better; null where nothing was measured. */
  gain: number | null
  patch: string
}

export interface Proposal {
  /** null: it gave none, or none that reads; one is made from the diff. */
  description: string | null
  hypothesis: string | null
  /** As the client reports it; null when it does not. */
  model: string | null
  tokens: number | null
  costUsd: number | null
}

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

/** The agent is down: tried again after a while, meanwhile a fallback proposes. */
export class AgentDown extends Failure {
  readonly kind: DownKind
  /** Seconds after which the service asked to be called again; null when it did not say. */
  readonly retryAfter: number | null

  constructor(kind: DownKind, retryAfter: number | null, found: string, advice: string) {
    super(found, advice)
    this.kind = kind
    this.retryAfter = retryAfter
  }
}

/** What is known of an agent before the session. */
export interface AgentCheck {
  use: string
  /** Of the client program; null when it has none or did not say. */
  version: string | null
  /** What the user should know of the rights it gets, a sentence each, e.g. that it cannot be kept from the network. */
  notes: string[]
  /** Why it cannot propose, and the command that mends it; null when it can. */
  problem: { found: string; advice: string } | null
}

export interface Agent {
  use: string
  /**
   * Whether it can work: the client is there, logged in, and knows the model. Costs no tokens where that can be had.
   * @param mark as in a task; null: before there is a session
   */
  check(mark: string | null): Promise<AgentCheck>
  /**
   * Edits the worktree. null: it has nothing left to try.
   * @throws {AgentDown} no answer, a non-zero exit, out of time
   */
  propose(task: Task): Promise<Proposal | null>
}
