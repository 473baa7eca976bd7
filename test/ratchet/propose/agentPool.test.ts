import { expect, test } from 'vitest'
import type { Agent } from '../../../scripts/agents/agent.ts'
import {
  type AgentPool,
  type AgentState,
  areAllExhausted,
  beginTurn,
  hasFailedSince,
  isStalled,
  nextAgent,
  nextBackoffEnd,
  takeReworkRequest,
  thinkingText,
  turnsUnderWay,
  whySilent,
} from '../../../scripts/ratchet/propose/agentPool.ts'
import { openPromptCache } from '../../../scripts/ratchet/propose/promptInput.ts'
import type { Candidate } from '../../../scripts/record/journal.ts'

const agent = (place: number, use: string, more: Partial<AgentState> = {}): AgentState => ({
  place,
  use,
  client: { use } as Agent,
  readsPrompt: use !== 'tuner',
  turns: [],
  answers: [],
  failures: 0,
  backoff: null,
  needsCheck: false,
  refusals: 0,
  exhaustedOn: null,
  worktrees: new Map(),
  ...more,
})
const poolOf = (...agents: AgentState[]): AgentPool => ({ agents, reworkRequests: [], promptCache: openPromptCache() })
const backingOff = (until: number, since = 0) => ({ failures: 1, backoff: { tries: 1, since, until } })
const turn = (failuresBefore: number, proposer = 0) => ({ proposer, failuresBefore, isRework: false })
const asked = (pool: AgentPool, now = 1000) => nextAgent(pool, 0, now, false)?.use ?? null

test('the first available agent proposes, one at a time', () => {
  expect(asked(poolOf(agent(0, 'claude'), agent(1, 'tuner')))).toBe('claude')
  expect(asked(poolOf(agent(0, 'claude', { turns: [turn(0)] }), agent(1, 'tuner')))).toBeNull()
})

test('during a backoff the next agent proposes; afterwards both are asked in parallel', () => {
  const down = agent(0, 'claude', backingOff(2000))
  const other = agent(1, 'tuner')
  expect(asked(poolOf(down, other))).toBe('tuner')
  expect(asked(poolOf(down, { ...other, turns: [turn(0)] }))).toBeNull()
  expect(asked(poolOf(down, { ...other, turns: [turn(0)] }), 2000)).toBe('claude')
  // It may hang, so the next agent is asked too.
  expect(asked(poolOf({ ...down, turns: [turn(1)] }, other), 2000)).toBe('tuner')
})

test('an exhausted agent is asked again on a new head', () => {
  const spent = poolOf(agent(0, 'tuner', { exhaustedOn: 0 }))
  expect([asked(spent), areAllExhausted(spent, 0)]).toEqual([null, true])
  expect([nextAgent(spent, 3, 0, false)?.use, areAllExhausted(spent, 3)]).toEqual(['tuner', false])
  // An agent that is down may still have proposals.
  expect(areAllExhausted(poolOf(agent(0, 'claude', backingOff(9)), agent(1, 'tuner', { exhaustedOn: 0 })), 0)).toBe(
    false,
  )
})

test('a crash returns to its own agent, a conflict to any agent', () => {
  const candidate = { number: 4, agent: { use: 'claude' } } as Candidate
  const crash = {
    kind: 'crash' as const,
    candidate,
    why: '',
    traceback: '',
    fixesLeft: 1,
  }
  const both = poolOf(agent(0, 'claude', backingOff(2000)), agent(1, 'tuner', { exhaustedOn: 0 }))
  both.reworkRequests.push(crash)
  expect(asked(both)).toBeNull()
  expect(nextAgent(both, 0, 2000, true)?.use).toBe('claude')
  both.reworkRequests.unshift({ kind: 'conflict', candidate, why: '' })
  expect(nextAgent(both, 0, 1000, true)?.use).toBe('tuner')
  expect(takeReworkRequest(both, both.agents[1] as AgentState)).toMatchObject({ kind: 'conflict' })
  expect(takeReworkRequest(both, both.agents[1] as AgentState)).toBeNull()
  expect(takeReworkRequest(both, both.agents[0] as AgentState)).toMatchObject({ kind: 'crash' })
})

test('with onlyRework, agents are asked only for rework', () => {
  const able = poolOf(agent(0, 'claude'), agent(1, 'tuner'))
  expect(nextAgent(able, 0, 0, true)).toBeNull()
  able.reworkRequests.push({
    kind: 'conflict',
    candidate: { number: 4, agent: { use: 'claude' } } as Candidate,
    why: '',
  })
  expect(nextAgent(able, 0, 0, true)?.use).toBe('claude')
})

test('the pool is stalled only while no proposal can come', () => {
  const down = agent(0, 'claude', backingOff(2000))
  expect(isStalled(poolOf(down), 0, 1000)).toBe(true)
  expect(isStalled(poolOf(down), 0, 2000)).toBe(false)
  expect(isStalled(poolOf({ ...down, turns: [turn(1)] }), 0, 2000)).toBe(true)
  expect(isStalled(poolOf(down, agent(1, 'tuner')), 0, 1000)).toBe(false)
  expect(isStalled(poolOf(down, agent(1, 'codex', { turns: [turn(0)] })), 0, 1000)).toBe(false)
  expect(isStalled(poolOf(agent(0, 'claude', { turns: [turn(0)] })), 0, 1000)).toBe(false)
})

test('a session without a time limit ends after eight hours without an answer', () => {
  const hours = (n: number) => n * 3600 * 1000
  const down = poolOf(agent(0, 'claude', backingOff(0)), agent(1, 'codex', backingOff(0, hours(1))))
  expect(whySilent(down, 0, hours(8))).toBeNull()
  expect(whySilent(down, 0, hours(9))).toBe('claude, codex gave no proposal for 8 h 00 min')
  expect(whySilent(poolOf(agent(0, 'claude', backingOff(0)), agent(1, 'tuner')), 0, hours(99))).toBeNull()
  expect(
    whySilent(poolOf(agent(0, 'claude', backingOff(0)), agent(1, 'tuner', { exhaustedOn: 0 })), 0, hours(9)),
  ).not.toBeNull()
})

test('the next backoff end is after now', () => {
  const both = poolOf(agent(0, 'claude', backingOff(2000)), agent(1, 'codex', backingOff(3000)), agent(2, 'tuner'))
  expect([1000, 2000, 3000].map(now => nextBackoffEnd(both, now))).toEqual([2000, 3000, null])
})

test('an agent has as many turns at once as are allowed, each of another proposer', () => {
  const pool = poolOf(agent(0, 'claude'), agent(1, 'tuner'))
  const next = () => nextAgent(pool, 0, 1000, false, () => 3)
  for (const proposer of [0, 1, 2]) {
    const found = next() ?? expect.fail('no agent is asked')
    expect([found.use, beginTurn(pool, found).proposer]).toEqual(['claude', proposer])
  }
  expect(next()).toBeNull()
  expect(thinkingText(pool)).toBe('claude is thinking in 3 turns')
  pool.agents[0]?.turns.splice(1, 1)
  expect(beginTurn(pool, next() as AgentState).proposer).toBe(1)
})

test('an agent that is down is down for all its turns, and one turn asks it again', () => {
  const down = agent(0, 'claude', { turns: [turn(0, 0), turn(0, 1)], ...backingOff(2000) })
  const pool = poolOf(down, agent(1, 'tuner'))
  const next = (now: number) => nextAgent(pool, 0, now, false, () => 3)
  expect(next(1000)?.use).toBe('tuner')
  expect(turnsUnderWay(pool)).toEqual([])
  // Its turns began before it failed: what becomes of them says nothing about its end.
  expect(down.turns.map(each => hasFailedSince(down, each))).toEqual([true, true])
  expect(next(2000)?.use).toBe('claude')
  const again = beginTurn(pool, down)
  expect([again.proposer, hasFailedSince(down, again)]).toEqual([2, false])
  expect(next(2000)?.use).toBe('tuner')
})
