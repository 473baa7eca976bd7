/**
 * The agents of a session, and whom to ask. The first that can be asked proposes; one that is down is left alone for a
 * while and then asked again, beside whoever proposes meanwhile. Pure.
 */
import type { Agent } from '../../agents/agent.ts'
import type { Feedback } from '../../agents/prompt/feedback.ts'
import { duration } from '../../lib/format.ts'
import type { Worktree } from '../session/context.ts'
import { MAX_BACKOFF_S } from './backoff.ts'
import type { PromptCache } from './promptInput.ts'

/** So many of the longest backoffs without any answer end a session that has no time limit: eight hours. */
const MAX_SILENT_BACKOFFS = 48

/** What goes back to an agent: a candidate that has a conflict with a newer head, or that crashed by a fixable error. */
export type ReworkRequest = Extract<Feedback, { kind: 'redo' | 'crash' }>

export interface AgentState {
  place: number
  client: Agent
  use: string
  /** Whether it reads what it is told, so that it can be asked twice, and to fix a crash. */
  readsPrompt: boolean
  isProposing: boolean
  /** While it is down: how often it was asked in vain, since when, and until when it is left alone; monotonic, ms. */
  backoff: { tries: number; since: number; until: number } | null
  /** Its check failed: it is looked at before it is asked. */
  needsCheck: boolean
  /** Refused proposals in a row. */
  refusals: number
  /** The head, by number, on which it had nothing left to try. */
  exhaustedOn: number | null
  /** Where it proposes; null before its first turn. */
  worktree: Worktree | null
}

export interface AgentPool {
  /** In the order in which they are asked. */
  agents: AgentState[]
  reworkRequests: ReworkRequest[]
  promptCache: PromptCache
}

/**
 * Who is asked now. One that is being asked again while it is down holds up nobody.
 * @param head number of the present head
 * @param onlyRework whether no new proposal is wanted
 */
export function nextAgent(
  { agents, reworkRequests }: AgentPool,
  head: number,
  now: number,
  onlyRework: boolean,
): AgentState | null {
  for (const agent of agents) {
    if (agent.isProposing && agent.backoff === null) return null
    if (agent.isProposing || isBackingOff(agent, now)) continue
    const request = reworkRequests.some(request => canTake(request, agent))
    if (request || (!onlyRework && agent.exhaustedOn !== head)) return agent
  }
  return null
}

const isBackingOff = ({ backoff }: AgentState, now: number): boolean => backoff !== null && now < backoff.until

/** A crash is fixed by the agent that proposed it, which knows what was meant. */
const canTake = (request: ReworkRequest, { use, readsPrompt }: AgentState): boolean =>
  request.kind === 'redo' || (readsPrompt && request.candidate.agent.use === use)

/** The first request that is for this one; it is not on the list any more. */
export function takeReworkRequest({ reworkRequests }: AgentPool, agent: AgentState): ReworkRequest | null {
  const place = reworkRequests.findIndex(request => canTake(request, agent))
  return place < 0 ? null : (reworkRequests.splice(place, 1)[0] ?? null)
}

/** Whether an agent could take a request now, or after its turn under way. */
export const canRework = ({ agents }: AgentPool, request: ReworkRequest): boolean =>
  agents.some(agent => agent.backoff === null && canTake(request, agent))

/** No candidate will come before a backoff ends, and there are backoffs: the slots need not wait. */
export function isStalled(pool: AgentPool, head: number, now: number): boolean {
  const busy = pool.agents.some(agent => agent.isProposing && agent.backoff === null)
  return !busy && pool.agents.some(({ backoff }) => backoff !== null) && nextAgent(pool, head, now, false) === null
}

/** Whether every agent has tried all it knows on this head. */
export const areAllExhausted = ({ agents, reworkRequests }: AgentPool, head: number): boolean =>
  reworkRequests.length === 0 && agents.every(({ exhaustedOn }) => exhaustedOn === head)

/** Why a session without a time limit ends when nobody answers any more; null while there is hope. */
export function whySilent({ agents }: AgentPool, head: number, now: number): string | null {
  const wanted = agents.filter(({ exhaustedOn }) => exhaustedOn !== head)
  const since = Math.max(...wanted.map(({ backoff }) => backoff?.since ?? now))
  const seconds = (now - since) / 1000
  if (wanted.length === 0 || seconds < MAX_SILENT_BACKOFFS * MAX_BACKOFF_S) return null
  return `${wanted.map(({ use }) => use).join(', ')} gave no proposal for ${duration(seconds)}`
}

/** When the next backoff after `now` ends; null when there is none. One that has ended while its agent waits for a free slot is none. */
export function nextBackoffEnd({ agents }: AgentPool, now: number): number | null {
  const ends = agents.flatMap(({ backoff, isProposing }) =>
    backoff && !isProposing && backoff.until > now ? [backoff.until] : [],
  )
  return ends.length > 0 ? Math.min(...ends) : null
}
