/** What the loop keeps track of: the queue, the slots, the agents, and whether anything new may begin. */
import { tip } from '../record/state.ts'
import type { EarlierNoise } from '../stats/noise.ts'
import type { Stop } from './plan.ts'
import type { AgentPool } from './propose/agentPool.ts'
import type { ProposeContext } from './propose/context.ts'
import type { SessionContext, Slot } from './session/context.ts'
import type { BaselineContext, RepeatContext } from './train/context.ts'
import { sinceLastRepeat } from './train/repeats.ts'
import type { RunOrder } from './train/train.ts'

/** Fields of the session that the loop uses: all that its steps do. */
export type LoopContext = ProposeContext & BaselineContext & RepeatContext & Pick<SessionContext, 'pause'>

export interface LoopState {
  context: LoopContext
  pool: AgentPool
  /** Candidates that wait for a slot, by number. */
  queue: number[]
  /** What each busy slot does. */
  busySlots: Map<Slot, Promise<void>>
  /** Agents' turns under way: one, and beside it those of agents that are asked again while they are down. */
  turns: Set<Promise<void>>
  /** Ends the turns: with the first Ctrl-C, and when nothing would be run any more. */
  cancelTurns: AbortController
  /** Repeats that slots have been given. */
  assignedRepeats: Set<RunOrder>
  /** When the last repeat was given, on the monotonic clock, milliseconds. */
  lastRepeatAt: number
  stop: Stop | null
  /** The first thing that went wrong with a slot or an agent's turn, not with a run. */
  failure: { error: unknown } | null
  /** Noise that this machine showed in earlier sessions. */
  earlierNoise: EarlierNoise[]
}

export function openLoopState(context: LoopContext, pool: AgentPool, earlierNoise: EarlierNoise[]): LoopState {
  const cancelTurns = new AbortController()
  context.interrupt.finish.addEventListener('abort', () => cancelTurns.abort())
  return {
    context,
    pool,
    queue: [...context.state.pending.keys()],
    busySlots: new Map(),
    turns: new Set(),
    cancelTurns,
    assignedRepeats: new Set(),
    lastRepeatAt: performance.now() - sinceLastRepeat(context.state, Date.now()),
    stop: null,
    failure: null,
    earlierNoise,
  }
}

/** What is wrong with the harness or the machine ends the session, once what runs elsewhere has finished. */
export function recordFailure(loop: LoopState, error: unknown): void {
  loop.failure ??= { error }
}

/** @throws what `recordFailure` was given first */
export function throwFailure({ failure }: LoopState): void {
  if (failure) throw failure.error
}

/** Runs and turns that have not finished. */
export const underWay = ({ busySlots, turns }: LoopState): Promise<void>[] => [...busySlots.values(), ...turns]

export const isIdle = ({ busySlots, turns }: LoopState): boolean => busySlots.size === 0 && turns.size === 0

/** Number of the present head. */
export const headNumber = ({ context }: Pick<LoopState, 'context'>): number => tip(context.state)?.number ?? 0
