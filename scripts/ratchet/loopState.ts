/** What the loop has before it: the queue, the slots, the crew, and whether the night is over. */
import { tip } from '../record/state.ts'
import type { EarlierNoise } from '../stats/noise.ts'
import type { Stop } from './plan.ts'
import type { Crew } from './propose/agentPool.ts'
import type { Night, Slot } from './session/context.ts'
import { sinceLastRepeat } from './train/repeats.ts'
import type { RunOrder } from './train/train.ts'

export interface Floor {
  night: Night
  crew: Crew
  /** Candidates that wait for a slot, by number. */
  queue: number[]
  /** What each slot does. */
  busy: Map<Slot, Promise<void>>
  /** Agents that think: one, and beside it those that are asked again while they are down. */
  thinking: Set<Promise<void>>
  /** Ends the thinking: with the first Ctrl-C, and when nothing would be run any more. */
  quit: AbortController
  /** Repeats that slots have been given. */
  given: Set<RunOrder>
  /** When the last repeat was given, on the monotonic clock, milliseconds. */
  repeatedAt: number
  stop: Stop | null
  /** The first thing that went wrong with a slot or the agents' side, not with a run. */
  broken: { error: unknown } | null
  earlier: EarlierNoise[]
}

export function openFloor(night: Night, crew: Crew, earlier: EarlierNoise[]): Floor {
  const quit = new AbortController()
  night.interrupt.finish.addEventListener('abort', () => quit.abort())
  return {
    night,
    crew,
    queue: [...night.state.pending.keys()],
    busy: new Map(),
    thinking: new Set(),
    quit,
    given: new Set(),
    repeatedAt: performance.now() - sinceLastRepeat(night.state, Date.now()),
    stop: null,
    broken: null,
    earlier,
  }
}

/** What is wrong with the harness or the machine ends the night, once what runs elsewhere has finished. */
export function breakDown(floor: Floor, error: unknown): void {
  floor.broken ??= { error }
}

/** Number of the present best. */
export const bestOf = ({ night }: Floor): number => tip(night.state)?.number ?? 0
