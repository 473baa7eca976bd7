/** Who proposes: one interface, a file an agent. The harness runs, measures and decides; an agent thinks and edits. */
import type { AgentSpec } from '../program/contract.ts'
import type { Status } from '../record/schema.ts'
import { commandAgent } from './command.ts'
import { tuner } from './tuner.ts'

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
  history: Past[]
  /** Patch of a proposal of this kind that did not apply to a newer best and is to be made again; null otherwise. */
  redo: string | null
  /** Whether the worktree, as it is now, is a tree that was tried before. */
  isTried: () => Promise<boolean>
  /** Carried by every process it starts, as NIGHTSHIFT_RUN: what a killed harness leaves of it is ended by that. */
  mark: string
  signal: AbortSignal
}

/** An experiment as an agent remembers it, with its patch. */
export interface Past {
  number: number
  /** null: it waits for its run or its verdict. */
  status: Status | null
  patch: string
}

export interface Proposal {
  description: string
  hypothesis: string | null
  model: string | null
  tokens: number | null
  costUsd: number | null
}

export interface Agent {
  use: string
  /**
   * Edits the worktree. null: it has nothing left to try.
   * @throws {Failure} when it is down: no answer, a non-zero exit, out of time
   */
  propose(task: Task): Promise<Proposal | null>
}

/** The agent that a program asks for; null when this version of Nightshift has no client for it. */
export function createAgent(spec: AgentSpec): Agent | null {
  if (spec.use === 'tuner') return tuner
  if (spec.use === 'command') return commandAgent(spec.command ?? '', spec.timeout)
  return null
}
