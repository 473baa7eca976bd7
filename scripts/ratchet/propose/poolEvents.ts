/** The crew of a night as it goes: who is there at its beginning, goes down, comes back, has nothing left to try. */
import type { Agent } from '../../agents/agent.ts'
import { duration } from '../../lib/format.ts'
import { sanitizeText } from '../../lib/text.ts'
import { openOutage } from '../../record/outages.ts'
import { emit, type Night } from '../session/context.ts'
import type { Crew, Member } from './agentPool.ts'
import { restSeconds } from './backoff.ts'
import type { Enlisted } from './checkedAgents.ts'
import { openMemory } from './promptInput.ts'

/** So many refused proposals in a row are as good as no answer. */
const patience = 5

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
  place,
  agent,
  use: agent.use,
  thinks: agent.use !== 'tuner',
  isThinking: false,
  rest: null,
  unchecked: false,
  refusals: 0,
  spentOn: null,
  worktree: null,
})

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
  const detail = sanitizeText(cause.detail)
  await emit(night, { event: 'down', place, use, kind: cause.kind, detail, rest: seconds })
  // What the check found before the night was told there.
  if (cause.kind === 'check' && tries === 1) return
  const advice = cause.kind === 'auth' && cause.advice ? ` ${sanitizeText(cause.advice)}` : ''
  const told = detail.startsWith(use) ? detail : `${use}: ${detail}`
  night.terminal.step('down', `${told}${advice} It is asked again in ${duration(seconds)}.`)
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
