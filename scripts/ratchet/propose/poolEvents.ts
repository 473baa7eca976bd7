/** Events of agents: down, up, refused, exhausted. Each is recorded and printed. */
import type { Agent } from '../../agents/agent.ts'
import { duration } from '../../lib/format.ts'
import { plural, sanitizeText } from '../../lib/text.ts'
import { openOutage } from '../../record/outages.ts'
import { emit } from '../session/context.ts'
import { type AgentPool, type AgentState, type Answered, hasFailedSince, type TurnUnderWay } from './agentPool.ts'
import { backoffSeconds } from './backoff.ts'
import type { CheckedAgent } from './checkedAgents.ts'
import type { AgentContext } from './context.ts'
import { latest } from './pace.ts'
import { openPromptCache } from './promptInput.ts'

/** An agent counts as down after so many refused proposals in a row. */
const MAX_REFUSALS = 5

/** Builds the pool from the checked agents and records what the checks found. */
export async function openAgentPool(context: AgentContext, checkedAgents: CheckedAgent[]): Promise<AgentPool> {
  const clients = checkedAgents.map(({ spec, checked }) => {
    const { version, sandbox } = checked
    return { use: spec.use, model: spec.model, version, ...(sandbox === undefined ? {} : { sandbox }) }
  })
  await emit(context, { event: 'agents-checked', clients })
  const agents: AgentState[] = []
  for (const { place, agent: client, checked } of checkedAgents) {
    const agent = newAgentState(place, client, answersOf(context, client.use))
    agents.push(agent)
    if (checked.problem) await markDown(context, agent, { kind: 'check', detail: checked.problem.found }, null)
  }
  return { agents, reworkRequests: [], promptCache: openPromptCache() }
}

const newAgentState = (place: number, client: Agent, answers: Answered[]): AgentState => ({
  place,
  client,
  use: client.use,
  readsPrompt: client.use !== 'tuner',
  turns: [],
  answers,
  failures: 0,
  backoff: null,
  needsCheck: false,
  refusals: 0,
  exhaustedOn: null,
  worktrees: new Map(),
})

/**
 * The turns of an agent that a resumed session has recorded. An answer that was worked over counts as one long turn; a sweep
 * is one answer, whose time is that of its first member.
 */
const answersOf = ({ state }: AgentContext, use: string): Answered[] =>
  state.experiments
    .flatMap(({ number, agent, sweep }) =>
      agent.use === use && agent.seconds !== null && (sweep?.first ?? number) === number
        ? [{ seconds: agent.seconds, candidates: sweep?.size ?? 1 }]
        : [],
    )
    .slice(-latest)

export interface DownCause {
  kind: string
  detail: string
  advice?: string
  /** Seconds after which the service asked to be called again. */
  retryAfter?: number | null
}

/**
 * Records that the agent gave no proposal, and starts or extends its backoff.
 * @param turn that failed. Turns at once that fail of one cause are one failure. null: by what is no answer of the agent
 */
export async function markDown(
  context: AgentContext,
  agent: AgentState,
  cause: DownCause,
  turn: TurnUnderWay | null,
): Promise<void> {
  const { place, use, backoff } = agent
  if (turn !== null && hasFailedSince(agent, turn)) return
  agent.failures++
  const tries = (backoff?.tries ?? 0) + 1
  const seconds = backoffSeconds(tries, cause.retryAfter ?? null, Math.random())
  const now = performance.now()
  agent.backoff = { tries, since: backoff?.since ?? now, until: now + seconds * 1000 }
  agent.needsCheck = cause.kind === 'check'
  const detail = sanitizeText(cause.detail)
  await emit(context, { event: 'agent-failed', agentIndex: place, use, kind: cause.kind, detail, backoff: seconds })
  // The check before the session has printed it.
  if (cause.kind === 'check' && tries === 1) return
  const advice = cause.kind === 'auth' && cause.advice ? ` ${sanitizeText(cause.advice)}` : ''
  const problem = (detail.startsWith(use) ? detail : `${use}: ${detail}`).replace(/\.$/, '')
  context.terminal.step('down', `${problem}.${advice} Retrying in ${duration(seconds)}`)
}

/**
 * Records that the agent answers again: the guard passed its proposal.
 * @param turn that gave it. One that was under way when another failed does not say that a new one would be answered
 */
export async function markUp(context: AgentContext, agent: AgentState, turn: TurnUnderWay): Promise<void> {
  const { place, use, backoff } = agent
  agent.refusals = 0
  if (backoff === null || hasFailedSince(agent, turn)) return
  agent.backoff = null
  const without = openOutage(context.state.session.outages, place)?.experiments ?? 0
  await emit(context, { event: 'agent-recovered', agentIndex: place, use })
  const after = duration((performance.now() - backoff.since) / 1000)
  context.terminal.step('up', `${use} answers again after ${after}; ${plural(without, 'proposal')} made without it`)
}

/** Counts a refused proposal. It is an answer, so it ends an outage other than one by refusals. */
export async function countRefusal(
  context: AgentContext,
  agent: AgentState,
  turn: TurnUnderWay,
  why: string,
): Promise<void> {
  const refusals = agent.refusals + 1
  const outage = openOutage(context.state.session.outages, agent.place)
  if (outage && outage.kind !== 'refused') await markUp(context, agent, turn)
  agent.refusals = refusals
  if (refusals < MAX_REFUSALS) return
  const detail = `${agent.refusals} proposals in a row were refused, the last because ${why}`
  await markDown(context, agent, { kind: 'refused', detail }, turn)
}

/** Records that the agent has nothing left to try on this head. It is asked again on a new head. */
export async function markExhausted(context: AgentContext, agent: AgentState, head: number): Promise<void> {
  const why = 'it has nothing left to try'
  agent.exhaustedOn = head
  await emit(context, { event: 'agent-exhausted', use: agent.use, why })
  context.terminal.step('agent', `${agent.use}: ${why}`)
}
