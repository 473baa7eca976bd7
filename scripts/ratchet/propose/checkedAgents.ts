/** The agents that a program names, each looked at before the session begins. */
import type { Agent, Checked } from '../../agents/agent.ts'
import { createAgent } from '../../agents/create.ts'
import { Failure } from '../../lib/errors.ts'
import { clean, type Terminal } from '../../lib/terminal.ts'
import type { AgentSpec, Contract } from '../../program/contract.ts'
import { canonical } from '../../program/read.ts'

export interface CheckedAgent {
  /** 0 is the contract's own agent, 1 its first fallback. */
  place: number
  spec: AgentSpec
  agent: Agent
  checked: Checked
}

/** The agent of the contract and its fallbacks in their order, each named once, and whether they can propose. */
export async function checkAgents({ agent, fallback }: Pick<Contract, 'agent' | 'fallback'>): Promise<CheckedAgent[]> {
  const specs = new Map([agent, ...fallback].map(spec => [canonical(spec), spec]))
  return Promise.all([...specs.values()].map(checkSpec))
}

async function checkSpec(spec: AgentSpec, place: number): Promise<CheckedAgent> {
  const agent = createAgent(spec)
  return { place, spec, agent, checked: await check(agent) }
}

/** A check that itself fails is a reason like any other why the agent cannot propose. */
export async function check(agent: Agent): Promise<Checked> {
  return agent.check().catch((error: unknown) => {
    if (!(error instanceof Failure)) throw error
    return { use: agent.use, version: null, notes: [], problem: { found: error.message, advice: error.advice } }
  })
}

/** Who can propose, found out and told before anything is made. @throws {Failure} when nobody can: a session of nothing */
export async function requireAgent(contract: Contract, terminal: Terminal): Promise<CheckedAgent[]> {
  const agents = await checkAgents(contract)
  const problem = agents[0]?.checked.problem
  if (problem && agents.every(({ checked }) => checked.problem !== null))
    throw new Failure(problem.found, `${problem.advice} Or let the built-in tuner propose: --agent tuner.`)
  printAgents(terminal, agents)
  return agents
}

/** A line an agent with its version and what is to be known of it; loud where the session begins without the first. */
export function printAgents(terminal: Terminal, agents: CheckedAgent[]): void {
  const able = agents.find(({ checked }) => checked.problem === null)
  for (const { place, spec, checked } of agents) {
    const { problem, version, notes } = checked
    const name = [spec.use, version, spec.model].filter(part => part !== null).join(' ')
    if (problem && place === 0)
      terminal.headline(
        `${spec.use} cannot propose. ${clean(problem.found, 500)} ${clean(problem.advice, 500)}\n` +
          `${able?.spec.use ?? 'Nobody'} proposes until it can; it is looked for again all through the night.`,
      )
    else if (problem) terminal.step('fallback', `${name} cannot propose: ${clean(problem.found, 500)}`)
    else terminal.step(place === 0 ? 'agent' : 'fallback', name)
    for (const note of problem ? [] : notes) terminal.step('note', clean(note, 500))
  }
}
