/**
 * The agents of a session, and which to ask next. The first available agent proposes, in several turns at once where the
 * slots need them. An agent that is down is down for all its turns; it is asked again after a backoff, once, in parallel
 * with the agent that proposes meanwhile. Pure.
 */
import type { Agent } from '../../agents/agent.ts'
import type { Feedback } from '../../agents/prompt/feedback.ts'
import { duration } from '../../lib/format.ts'
import type { Worktree } from '../session/context.ts'
import { MAX_BACKOFF_S } from './backoff.ts'
import type { PromptCache } from './promptInput.ts'

/** In longest backoffs, eight hours: a session without a time limit ends after as long without an answer. */
const MAX_SILENT_BACKOFFS = 48

/** A candidate that returns to an agent: it conflicts with the new head, or crashed by a fixable error. */
export type ReworkRequest = Extract<Feedback, { kind: 'conflict' | 'crash' }>

export interface AgentState {
  place: number
  client: Agent
  use: string
  /** Whether it reads the prompt, so that it can be asked again with feedback and can fix a crash. */
  readsPrompt: boolean
  /** Its turns under way. */
  turns: TurnUnderWay[]
  /** Its latest turns that gave candidates, oldest first. */
  answers: Answered[]
  /** Outages so far, those that go on included: a turn that began before the last one says nothing about its end. */
  failures: number
  /** While it is down: failures in a row, when they began, and when to ask again; monotonic clock, ms. */
  backoff: { tries: number; since: number; until: number } | null
  /** The last check failed; it is repeated before the agent is asked. */
  needsCheck: boolean
  /** Refused proposals in a row. */
  refusals: number
  /** Number of the head on which the agent had nothing left to try. */
  exhaustedOn: number | null
  /** By proposer; none before its first turn. */
  worktrees: Map<number, Worktree>
}

export interface TurnUnderWay {
  /** Which of the agent's proposers has it, from 0: no two turns at a time have the same. */
  proposer: number
  /** `failures` of the agent when the turn began. */
  failuresBefore: number
  /** Whether it answers a request for rework, which makes no new experiment. */
  isRework: boolean
}

export interface Answered {
  seconds: number
  candidates: number
}

export interface AgentPool {
  /** In the order in which they are asked. */
  agents: AgentState[]
  reworkRequests: ReworkRequest[]
  promptCache: PromptCache
}

/**
 * The agent to ask now, or null. An agent that is asked again while down does not block the others.
 * @param head number of the present head
 * @param now monotonic clock, ms
 * @param onlyRework whether only rework requests may be given, no new proposal
 * @param most turns that an agent may have at once
 */
export function nextAgent(
  { agents, reworkRequests }: AgentPool,
  head: number,
  now: number,
  onlyRework: boolean,
  most: (agent: AgentState) => number = () => 1,
): AgentState | null {
  for (const agent of agents) {
    const isBusy = agent.turns.length > 0
    if (isBusy && agent.backoff === null && agent.turns.length >= most(agent)) return null
    if (agent.backoff !== null && (isRetried(agent) || isBackingOff(agent, now))) continue
    const request = reworkRequests.some(request => canTake(request, agent))
    if (request || (!onlyRework && agent.exhaustedOn !== head)) return agent
    if (isBusy && agent.backoff === null) return null
  }
  return null
}

/** Whether a turn that began after its last failure is under way. */
const isRetried = ({ turns, failures }: AgentState): boolean =>
  turns.some(({ failuresBefore }) => failuresBefore === failures)

/** Whether the agent has failed in another of its turns since this one began. */
export const hasFailedSince = ({ failures }: AgentState, { failuresBefore }: TurnUnderWay): boolean =>
  failures > failuresBefore

/** Begins a turn of the agent, as the first of its proposers that has none. */
export function beginTurn({ reworkRequests }: AgentPool, agent: AgentState): TurnUnderWay {
  let proposer = 0
  while (agent.turns.some(turn => turn.proposer === proposer)) proposer++
  const isRework = reworkRequests.some(request => canTake(request, agent))
  const turn = { proposer, failuresBefore: agent.failures, isRework }
  agent.turns.push(turn)
  return turn
}

/** Turns of agents that are not down. */
export const turnsUnderWay = ({ agents }: AgentPool): { agent: AgentState; turn: TurnUnderWay }[] =>
  agents.flatMap(agent => (agent.backoff === null ? agent.turns.map(turn => ({ agent, turn })) : []))

/** E.g. "claude is thinking", "claude is thinking in 3 turns, tuner is thinking". */
export const thinkingText = ({ agents }: Pick<AgentPool, 'agents'>): string =>
  agents
    .filter(({ turns }) => turns.length > 0)
    .map(({ use, turns }) => `${use} is thinking${turns.length > 1 ? ` in ${turns.length} turns` : ''}`)
    .join(', ')

const isBackingOff = ({ backoff }: AgentState, now: number): boolean => backoff !== null && now < backoff.until

/** Any agent can resolve a conflict; a crash returns to the agent that proposed it. */
const canTake = (request: ReworkRequest, { use, readsPrompt }: AgentState): boolean =>
  request.kind === 'conflict' || (readsPrompt && request.candidate.agent.use === use)

/** Removes and returns the first request that the agent can take. */
export function takeReworkRequest({ reworkRequests }: AgentPool, agent: AgentState): ReworkRequest | null {
  const place = reworkRequests.findIndex(request => canTake(request, agent))
  return place < 0 ? null : (reworkRequests.splice(place, 1)[0] ?? null)
}

/** Whether an agent could take a request now, or after its present turn. */
export const canRework = ({ agents }: AgentPool, request: ReworkRequest): boolean =>
  agents.some(agent => agent.backoff === null && canTake(request, agent))

/** Whether no candidate can come before a backoff ends, so that slots need not wait for one. */
export function isStalled(pool: AgentPool, head: number, now: number): boolean {
  return (
    turnsUnderWay(pool).length === 0 &&
    pool.agents.some(({ backoff }) => backoff !== null) &&
    nextAgent(pool, head, now, false) === null
  )
}

/** Whether no agent has anything left to try on this head. */
export const areAllExhausted = ({ agents, reworkRequests }: AgentPool, head: number): boolean =>
  reworkRequests.length === 0 && agents.every(({ exhaustedOn }) => exhaustedOn === head)

/** Why a session without a time limit ends: no agent has answered for eight hours. null: it continues. */
export function whySilent({ agents }: AgentPool, head: number, now: number): string | null {
  const wanted = agents.filter(({ exhaustedOn }) => exhaustedOn !== head)
  const since = Math.max(...wanted.map(({ backoff }) => backoff?.since ?? now))
  const seconds = (now - since) / 1000
  if (wanted.length === 0 || seconds < MAX_SILENT_BACKOFFS * MAX_BACKOFF_S) return null
  return `${wanted.map(({ use }) => use).join(', ')} gave no proposal for ${duration(seconds)}`
}

/** When the next backoff ends (monotonic, ms), after `now`; null: none. A backoff that has already ended does not count. */
export function nextBackoffEnd({ agents }: AgentPool, now: number): number | null {
  const ends = agents.flatMap(agent =>
    agent.backoff && !isRetried(agent) && agent.backoff.until > now ? [agent.backoff.until] : [],
  )
  return ends.length > 0 ? Math.min(...ends) : null
}
