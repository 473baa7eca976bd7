/**
 * The agents of a night. The first that can be asked proposes; one that gives no answer, or nothing but what the guard
 * refuses, is left alone for a while and then asked again, beside whoever proposes meanwhile.
 */
import type { Agent } from '../agents/agent.ts'
import type { Feedback } from '../agents/prompt/feedback.ts'
import { duration } from '../lib/format.ts'
import { clean } from '../lib/terminal.ts'
import { openOutage } from '../record/outages.ts'
import { type Memory, openMemory } from './memory.ts'
import { emit, type Night, type Worktree } from './night.ts'
import { longest, restSeconds } from './rest.ts'
import type { Enlisted } from './roster.ts'

/** So many refused proposals in a row are as good as no answer. */
const patience = 5
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

/** The roster as a crew; what its checks found is recorded. */
export async function gatherCrew(night: Night, roster: Enlisted[]): Promise<Crew> {
  const clients = roster.map(({ spec, checked }) => ({ use: spec.use, model: spec.model, version: checked.version }))
  await emit(night, { event: 'checked', clients })
  const members: Member[] = []
  for (const { place, agent, checked } of roster) {
    const member = memberOf(place, agent)
    members.push(member)
    if (checked.problem) await goDown(night, member, { kind: 'check', detail: checked.problem.found })
  }
  return { members, errands: [], memory: openMemory() }
}

const memberOf = (place: number, agent: Agent): Member => ({
  ...{ place, agent, use: agent.use, thinks: agent.use !== 'tuner', isThinking: false },
  ...{ rest: null, unchecked: false, refusals: 0, spentOn: null, worktree: null },
})

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

/** When the next rest is over, on the monotonic clock; null when nobody rests. */
export function nextReturn({ members }: Crew): number | null {
  const ends = members.flatMap(({ rest, isThinking }) => (rest === null || isThinking ? [] : [rest.until]))
  return ends.length > 0 ? Math.min(...ends) : null
}

export interface Cause {
  kind: string
  detail: string
  advice?: string
  /** Seconds after which the service asked to be called again. */
  retryAfter?: number | null
}

/** It gave nothing, for the first time or again: it is left alone, by the backoff of all its failures in a row. */
export async function goDown(night: Night, member: Member, cause: Cause): Promise<void> {
  const { place, use, rest } = member
  const tries = (rest?.tries ?? 0) + 1
  const seconds = restSeconds(tries, cause.retryAfter ?? null, Math.random())
  const now = performance.now()
  member.rest = { tries, since: rest?.since ?? now, until: now + seconds * 1000 }
  member.unchecked = cause.kind === 'check'
  const detail = clean(cause.detail)
  await emit(night, { event: 'down', place, use, kind: cause.kind, detail, rest: seconds })
  // What the check found before the night was told there.
  if (cause.kind === 'check' && tries === 1) return
  const advice = cause.kind === 'auth' && cause.advice ? ` ${clean(cause.advice)}` : ''
  night.terminal.step('down', `${use}: ${detail}${advice} It is asked again in ${duration(seconds)}.`)
}

/** It proposed what the guard let pass. */
export async function comeBack(night: Night, member: Member): Promise<void> {
  const { place, use, rest } = member
  member.refusals = 0
  if (rest === null) return
  member.rest = null
  const without = openOutage(night.state.session.outages, place)?.experiments ?? 0
  await emit(night, { event: 'up', place, use })
  const after = duration((performance.now() - rest.since) / 1000)
  night.terminal.step('up', `${use} answers again after ${after}; ${without} proposals were made without it`)
}

/** A proposal was refused: an answer all the same, but for one that is down for its refusals. */
export async function noteRefusal(night: Night, member: Member, why: string): Promise<void> {
  const refusals = member.refusals + 1
  const outage = openOutage(night.state.session.outages, member.place)
  if (outage && outage.kind !== 'refused') await comeBack(night, member)
  member.refusals = refusals
  if (refusals < patience) return
  const detail = `${member.refusals} proposals in a row were refused, the last because ${why}`
  await goDown(night, member, { kind: 'refused', detail })
}

/** It has nothing left to try on this best; it is asked again when there is another. */
export async function noteSpent(night: Night, member: Member, best: number): Promise<void> {
  const why = 'it has nothing left to try'
  member.spentOn = best
  await emit(night, { event: 'agent', use: member.use, why })
  night.terminal.step('agent', `${member.use}: ${why}`)
}
