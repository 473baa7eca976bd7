/** State of the loop: the queue of candidates, the busy slots, the agents, and why the loop stops. */
import { headOf } from '../record/state.ts'
import type { EarlierNoise } from '../stats/noise.ts'
import type { Stop } from './plan.ts'
import type { AgentPool } from './propose/agentPool.ts'
import type { ProposeContext } from './propose/context.ts'
import type { SessionContext, Slot } from './session/context.ts'
import type { BaselineContext, RepeatContext } from './train/context.ts'
import { msSinceLastRepeat } from './train/repeats.ts'
import type { RunOrder } from './train/train.ts'

/** Session fields that the loop and its steps use. */
export type LoopContext = ProposeContext & BaselineContext & RepeatContext & Pick<SessionContext, 'pause'>

export interface LoopState {
  context: LoopContext
  pool: AgentPool
  /** Numbers of the candidates that wait for a slot. */
  queue: number[]
  /** Numbers of the candidates that a slot trains or judges. */
  inHand: Set<number>
  /** The unfinished work of each busy slot. */
  busySlots: Map<Slot, Promise<void>>
  /** Agents' turns under way: of the agent that proposes one or several, and one of each that is retried after a failure. */
  turns: Set<Promise<void>>
  /** Seconds for which the latest experiments took their slots, oldest first. */
  occupied: number[]
  /** Cancels the turns: on the first Ctrl-C, and when the loop stops. */
  cancelTurns: AbortController
  /** Repeats that are assigned to slots and have not finished. */
  assignedRepeats: Set<RunOrder>
  /** Nodes that had a run to settle whether they are slow. */
  settledNodes: Set<string>
  /** Time when the last repeat was assigned, milliseconds on the monotonic clock. */
  lastRepeatAt: number
  stop: Stop | null
  /** The first error of the harness or the machine; a failed run is not one. */
  failure: { error: unknown } | null
  /** Noise measured on this machine in earlier sessions. */
  earlierNoise: EarlierNoise[]
}

export function openLoopState(context: LoopContext, pool: AgentPool, earlierNoise: EarlierNoise[]): LoopState {
  const cancelTurns = new AbortController()
  context.interrupt.finish.addEventListener('abort', () => cancelTurns.abort())
  return {
    context,
    pool,
    queue: [...context.state.pending.keys()],
    inHand: new Set(),
    busySlots: new Map(),
    turns: new Set(),
    occupied: [],
    cancelTurns,
    assignedRepeats: new Set(),
    settledNodes: new Set(),
    lastRepeatAt: performance.now() - msSinceLastRepeat(context.state, Date.now()),
    stop: null,
    failure: null,
    earlierNoise,
  }
}

/** Keeps the first error of the harness or the machine; the loop throws it, after the other runs have finished. */
export function recordFailure(loop: LoopState, error: unknown): void {
  loop.failure ??= { error }
}

/** @throws the error that `recordFailure` kept */
export function throwFailure({ failure }: LoopState): void {
  if (failure) throw failure.error
}

/** Slots' work and agents' turns that have not finished. */
export const underWay = ({ busySlots, turns }: LoopState): Promise<void>[] => [...busySlots.values(), ...turns]

export const isIdle = ({ busySlots, turns }: LoopState): boolean => busySlots.size === 0 && turns.size === 0

/** Experiment number of the head; 0 before the baseline is recorded. */
export const headNumber = ({ context }: Pick<LoopState, 'context'>): number => headOf(context.state)?.number ?? 0
