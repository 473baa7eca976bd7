/** Checks the agents of a program before the session begins. */
import type { Agent, AgentCheck } from '../../agents/agent.ts'
import { createAgent } from '../../agents/create.ts'
import { Failure } from '../../lib/errors.ts'
import type { Terminal } from '../../lib/terminal/terminal.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { AgentSpec, Contract } from '../../program/contract.ts'
import { canonical } from '../../program/read.ts'
import { agentMark } from '../session/prepare.ts'

export interface CheckedAgent {
  /** 0 is the contract's own agent, 1 its first fallback. */
  place: number
  spec: AgentSpec
  agent: Agent
  checked: AgentCheck
}

/**
 * Checks the contract's agent and its fallbacks, in order and without duplicates.
 * @param id of the session to resume; null for a new one
 */
export async function checkAgents(
  { agent, fallback }: Pick<Contract, 'agent' | 'fallback'>,
  id: string | null,
): Promise<CheckedAgent[]> {
  const specs = new Map([agent, ...fallback].map(spec => [canonical(spec), spec]))
  return Promise.all([...specs.values()].map((spec, place) => checkSpec(spec, place, id)))
}

async function checkSpec(spec: AgentSpec, place: number, id: string | null): Promise<CheckedAgent> {
  const agent = createAgent(spec)
  return { place, spec, agent, checked: await check(agent, id === null ? null : agentMark(id, place)) }
}

/** A failure of the check itself counts as a problem of the agent. */
export async function check(agent: Agent, mark: string | null): Promise<AgentCheck> {
  return agent.check(mark).catch((error: unknown) => {
    if (!(error instanceof Failure)) throw error
    return { use: agent.use, version: null, notes: [], problem: { found: error.message, advice: error.advice } }
  })
}

/** The agent that proposes first; undefined where none can. */
export const proposerOf = (agents: CheckedAgent[]): AgentSpec | undefined =>
  agents.find(({ checked }) => checked.problem === null)?.spec

/** Checks and prints the agents. @throws {Failure} no agent can propose, or one cannot as program.md demands it */
export async function requireAgent(contract: Contract, terminal: Terminal, id: string | null): Promise<CheckedAgent[]> {
  const agents = await checkAgents(contract, id)
  const ending = agents.find(({ checked }) => checked.problem?.ends)?.checked.problem
  if (ending) throw new Failure(ending.found, ending.advice)
  const problem = agents[0]?.checked.problem
  if (problem && agents.every(({ checked }) => checked.problem !== null))
    throw new Failure(problem.found, `${problem.advice} Or let the built-in tuner propose: --agent tuner.`)
  printAgents(terminal, agents)
  return agents
}

/** Prints one line for each agent and its notes; a headline where the first agent cannot propose. */
export function printAgents(terminal: Terminal, agents: CheckedAgent[]): void {
  const able = agents.find(({ checked }) => checked.problem === null)
  for (const { place, spec, checked } of agents) {
    const { problem, version, notes } = checked
    const name = [spec.use, version, spec.model].filter(part => part !== null).join(' ')
    if (problem && place === 0)
      terminal.headline(
        `${spec.use} cannot propose. ${sanitizeText(problem.found, 500)} ${sanitizeText(problem.advice, 500)}\n` +
          `${able?.spec.use ?? 'No agent'} proposes instead; ${spec.use} is checked again during the session.`,
      )
    else if (problem) terminal.step('fallback', `${name} cannot propose: ${sanitizeText(problem.found, 500)}`)
    else terminal.step(place === 0 ? 'agent' : 'fallback', name)
    for (const note of problem ? [] : notes) terminal.step('note', sanitizeText(note, 500))
  }
}
