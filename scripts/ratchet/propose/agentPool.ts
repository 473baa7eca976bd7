/**
 * The agents of a night, and whom to ask. The first that can be asked proposes; one that is down is left alone for a
 * while and then asked again, beside whoever proposes meanwhile. Pure.
 */
import type { Agent } from '../../agents/agent.ts'
import type { Feedback } from '../../agents/prompt/feedback.ts'
import { duration } from '../../lib/format.ts'
import type { Worktree } from '../session/context.ts'
import { longest } from './backoff.ts'
import type { Memory } from './promptInput.ts'

/** So many of the longest rests without any answer end a night that has no time limit: eight hours. */
const silence = 48

/** What goes back to an agent: a candidate that did not apply to a newer best, or that crashed by a slip. */
export type Errand = Extract<Feedback, { kind: 'redo' | 'crash' }>

export interface Member {
  place: number
  agent: Agent
  use: string
  /** Whether it reads what it is told, so that it can be asked twice, and to mend a crash. */
  thinks: boolean
  isThinking: boolean
  /** While it is down: how often it was asked in vain, since when, and until when it is left alone; monotonic, ms. */
  rest: { tries: number; since: number; until: number } | null
  /** Its check failed: it is looked at before it is asked. */
  unchecked: boolean
  /** Refused proposals in a row. */
  refusals: number
  /** The best, by number, on which it had nothing left to try. */
  spentOn: number | null
  /** Where it proposes; null before its first turn. */
  worktree: Worktree | null
}

export interface Crew {
  /** In the order in which they are asked. */
  members: Member[]
  errands: Errand[]
  memory: Memory
}

/**
 * Who is asked now. One that is being asked again while it is down holds up nobody.
 * @param best number of the present best
 * @param onErrands whether only errands are left to be given
 */
export function nextMember({ members, errands }: Crew, best: number, now: number, onErrands: boolean): Member | null {
  for (const member of members) {
    if (member.isThinking && member.rest === null) return null
    if (member.isThinking || isResting(member, now)) continue
    const errand = errands.some(errand => suits(errand, member))
    if (errand || (!onErrands && member.spentOn !== best)) return member
  }
  return null
}

const isResting = ({ rest }: Member, now: number): boolean => rest !== null && now < rest.until

/** A slip is mended by whom it belongs to, who knows what was meant. */
const suits = (errand: Errand, { use, thinks }: Member): boolean =>
  errand.kind === 'redo' || (thinks && errand.candidate.agent.use === use)

/** The first errand that is for this one; it is not on the list any more. */
export function takeErrand({ errands }: Crew, member: Member): Errand | null {
  const place = errands.findIndex(errand => suits(errand, member))
  return place < 0 ? null : (errands.splice(place, 1)[0] ?? null)
}

/** Whether somebody could take an errand now, or after what it is thinking about. */
export const canMend = ({ members }: Crew, errand: Errand): boolean =>
  members.some(member => member.rest === null && suits(errand, member))

/** No candidate will come before a rest is over, and rests there are: the slots need not wait for it. */
export function isStalled(crew: Crew, best: number, now: number): boolean {
  const busy = crew.members.some(member => member.isThinking && member.rest === null)
  return !busy && crew.members.some(({ rest }) => rest !== null) && nextMember(crew, best, now, false) === null
}

/** Whether every agent has tried all it knows on this best. */
export const isSpent = ({ members, errands }: Crew, best: number): boolean =>
  errands.length === 0 && members.every(({ spentOn }) => spentOn === best)

/** Why a night without a time limit ends when nobody answers any more; null while there is hope. */
export function silentFor({ members }: Crew, best: number, now: number): string | null {
  const wanted = members.filter(({ spentOn }) => spentOn !== best)
  const since = Math.max(...wanted.map(({ rest }) => rest?.since ?? now))
  const seconds = (now - since) / 1000
  if (wanted.length === 0 || seconds < silence * longest) return null
  return `${wanted.map(({ use }) => use).join(', ')} gave no proposal for ${duration(seconds)}`
}

/** When the next rest after `now` is over; null when nobody rests. Who has rested and waits for a free slot is none. */
export function nextReturn({ members }: Crew, now: number): number | null {
  const ends = members.flatMap(({ rest, isThinking }) => (rest && !isThinking && rest.until > now ? [rest.until] : []))
  return ends.length > 0 ? Math.min(...ends) : null
}
