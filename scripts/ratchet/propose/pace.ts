/**
 * How many candidates are made in advance and how many turns an agent has at once, so that no slot waits for a proposal and
 * no more are asked for than the slots can use. Pure.
 */
import { median } from 'simple-statistics'
import { MAX_PROPOSERS } from '../../program/contract.ts'

export interface Pace {
  /** As the contract has them. */
  proposers: number | 'auto'
  ahead: number | null
  slots: number
  /** Slots without work. */
  free: number
  /** Whether an agent at work would disturb the runs: they execute on the CPUs of this machine. */
  disturbs: boolean
  /** Median seconds of the agent's turns; null before the first. */
  thinking: number | null
  /** Median seconds for which an experiment takes a slot, with its wait for a scheduler and what is around its run. */
  occupied: number
  /** Mean candidates of an answer that gave any: above 1 with sweeps. */
  perAnswer: number
}

/** Seconds of a turn that are assumed before the first has ended. */
const assumedThinking = 60

/** Turns at once before the first has ended: whether the service stands more is not known. */
const mostAtFirst = 4

/**
 * Candidates that are made while slots train. With one slot the next one. With more, those slots that become free while an
 * agent thinks, and the square root of that number beside, because they do not become free at even distances.
 */
export function candidatesAhead({ ahead, slots, disturbs, thinking, occupied }: Omit<Pace, 'free'>): number {
  if (ahead !== null) return ahead
  if (disturbs) return 0
  if (slots === 1) return 1
  const expected = (slots * (thinking ?? assumedThinking)) / Math.max(occupied, 1e-3)
  return Math.min(slots, Math.ceil(expected + Math.sqrt(expected)))
}

/** Candidates that should wait or be under way. */
export const candidatesWanted = (pace: Pace): number => pace.free + candidatesAhead(pace)

/**
 * Turns that the agent may have at once. `auto`: enough for all candidates that are wanted; 1 with one slot, whose agent
 * has then seen all results but one.
 */
export function proposersNeeded(pace: Pace): number {
  const { proposers, slots, disturbs, thinking, perAnswer } = pace
  if (proposers !== 'auto') return proposers
  if (disturbs || slots === 1) return 1
  const needed = Math.ceil(candidatesWanted(pace) / Math.max(1, perAnswer))
  return Math.max(1, Math.min(needed, thinking === null ? mostAtFirst : MAX_PROPOSERS))
}

/** How many of the latest values a pace is made of. */
export const latest = 20

/** Median of the latest values; null without one. */
export const medianOfLatest = (values: number[]): number | null =>
  values.length === 0 ? null : median(values.slice(-latest))
