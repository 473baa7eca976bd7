import { expect, test } from 'vitest'
import type { Agent } from '../../../scripts/agents/agent.ts'
import {
  type Crew,
  isSpent,
  isStalled,
  type Member,
  nextMember,
  nextReturn,
  silentFor,
  takeErrand,
} from '../../../scripts/ratchet/propose/agentPool.ts'
import { openMemory } from '../../../scripts/ratchet/propose/promptInput.ts'
import type { Candidate } from '../../../scripts/record/journal.ts'

const member = (place: number, use: string, more: Partial<Member> = {}): Member => ({
  place,
  use,
  agent: { use } as Agent,
  thinks: use !== 'tuner',
  isThinking: false,
  rest: null,
  unchecked: false,
  refusals: 0,
  spentOn: null,
  worktree: null,
  ...more,
})
const crew = (...members: Member[]): Crew => ({ members, errands: [], memory: openMemory() })
const resting = (until: number, since = 0) => ({ rest: { tries: 1, since, until } })
const asked = (crew: Crew, now = 1000) => nextMember(crew, 0, now, false)?.use ?? null

test('the first who can be asked proposes, one at a time', () => {
  expect(asked(crew(member(0, 'claude'), member(1, 'tuner')))).toBe('claude')
  expect(asked(crew(member(0, 'claude', { isThinking: true }), member(1, 'tuner')))).toBeNull()
})

test('while one rests the next proposes, and the one is asked again beside it', () => {
  const down = member(0, 'claude', resting(2000))
  const other = member(1, 'tuner')
  expect(asked(crew(down, other))).toBe('tuner')
  expect(asked(crew(down, { ...other, isThinking: true }))).toBeNull()
  expect(asked(crew(down, { ...other, isThinking: true }), 2000)).toBe('claude')
  // It may hang: whoever comes after it goes on.
  expect(asked(crew({ ...down, isThinking: true }, other), 2000)).toBe('tuner')
})

test('who has nothing left on this best is asked again on the next one', () => {
  const spent = crew(member(0, 'tuner', { spentOn: 0 }))
  expect([asked(spent), isSpent(spent, 0)]).toEqual([null, true])
  expect([nextMember(spent, 3, 0, false)?.use, isSpent(spent, 3)]).toEqual(['tuner', false])
  // One that is down may still have something.
  expect(isSpent(crew(member(0, 'claude', resting(9)), member(1, 'tuner', { spentOn: 0 })), 0)).toBe(false)
})

test('a crash goes to whom it belongs to, a change to make again to anybody', () => {
  const candidate = { number: 4, agent: { use: 'claude' } } as Candidate
  const crash = {
    kind: 'crash' as const,
    candidate,
    why: '',
    traceback: '',
    left: 1,
  }
  const both = crew(member(0, 'claude', resting(2000)), member(1, 'tuner', { spentOn: 0 }))
  both.errands.push(crash)
  expect(asked(both)).toBeNull()
  expect(nextMember(both, 0, 2000, true)?.use).toBe('claude')
  both.errands.unshift({ kind: 'redo', candidate, why: '' })
  expect(nextMember(both, 0, 1000, true)?.use).toBe('tuner')
  expect(takeErrand(both, both.members[1] as Member)).toMatchObject({ kind: 'redo' })
  expect(takeErrand(both, both.members[1] as Member)).toBeNull()
  expect(takeErrand(both, both.members[0] as Member)).toMatchObject({ kind: 'crash' })
})

test('while only errands are given, nobody is asked for a new proposal', () => {
  const able = crew(member(0, 'claude'), member(1, 'tuner'))
  expect(nextMember(able, 0, 0, true)).toBeNull()
  able.errands.push({ kind: 'redo', candidate: { number: 4, agent: { use: 'claude' } } as Candidate, why: '' })
  expect(nextMember(able, 0, 0, true)?.use).toBe('claude')
})

test('slots repeat what is kept only while no proposal can come', () => {
  const down = member(0, 'claude', resting(2000))
  expect(isStalled(crew(down), 0, 1000)).toBe(true)
  expect(isStalled(crew(down), 0, 2000)).toBe(false)
  expect(isStalled(crew({ ...down, isThinking: true }), 0, 2000)).toBe(true)
  expect(isStalled(crew(down, member(1, 'tuner')), 0, 1000)).toBe(false)
  expect(isStalled(crew(down, member(1, 'codex', { isThinking: true })), 0, 1000)).toBe(false)
  expect(isStalled(crew(member(0, 'claude', { isThinking: true })), 0, 1000)).toBe(false)
})

test('a night without a time limit ends after eight hours in which nobody answered', () => {
  const hours = (n: number) => n * 3600 * 1000
  const down = crew(member(0, 'claude', resting(0)), member(1, 'codex', resting(0, hours(1))))
  expect(silentFor(down, 0, hours(8))).toBeNull()
  expect(silentFor(down, 0, hours(9))).toBe('claude, codex gave no proposal for 8 h 00 min')
  expect(silentFor(crew(member(0, 'claude', resting(0)), member(1, 'tuner')), 0, hours(99))).toBeNull()
  expect(
    silentFor(crew(member(0, 'claude', resting(0)), member(1, 'tuner', { spentOn: 0 })), 0, hours(9)),
  ).not.toBeNull()
})

test('the loop waits for rests that are not over, and for none that only a free slot ends', () => {
  const both = crew(member(0, 'claude', resting(2000)), member(1, 'codex', resting(3000)), member(2, 'tuner'))
  expect([1000, 2000, 3000].map(now => nextReturn(both, now))).toEqual([2000, 3000, null])
})
