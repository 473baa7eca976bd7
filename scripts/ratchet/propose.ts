/** Getting a proposal: the best's files in the proposal worktree, the agent's turn, and who takes over when it is down. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Agent, createAgent, type Past, type Proposal } from '../agents/agent.ts'
import { buildPrompt } from '../agents/prompt.ts'
import { Failure } from '../lib/errors.ts'
import { resetWorktree, writeTree } from '../lib/git.ts'
import { readProse } from '../program/read.ts'
import { files } from '../record/files.ts'
import type { Experiment } from '../record/schema.ts'
import { emit, type Night } from './night.ts'

/** So many refusals or failures in a row mean that the agent is down. */
const patience = 5

/** The agents of a night, in the order in which they take over. */
export interface Crew {
  agents: Agent[]
  current: number
  failures: number
  /** Patches by experiment, as far as they were read. */
  patches: Map<number, string>
}

export interface Turn {
  proposal: Proposal
  use: string
  seconds: number
  proseHash: string
}

/** The agent of the contract and its fallbacks; those this version has no client for are named and left out. */
export function gatherCrew(night: Night): Crew {
  const specs = [night.contract.agent, ...night.contract.fallback]
  const missing = specs.filter(spec => createAgent(spec) === null).map(spec => spec.use)
  const agents = specs.flatMap(spec => createAgent(spec) ?? [])
  const first = agents[0]
  if (!first)
    throw new Failure(
      `There is no client for ${missing.join(', ')} yet.`,
      'Use --agent tuner, or agent: { use: command, command: … }.',
    )
  if (missing.length > 0)
    night.terminal.step('agent', `there is no client for ${missing.join(', ')} yet; ${first.use} proposes`)
  return { agents, current: 0, failures: 0, patches: new Map() }
}

/** The next proposal, in the proposal worktree; null when no agent has one left. */
export async function propose(night: Night, crew: Crew, best: Experiment): Promise<Turn | null> {
  while (!night.signal.aborted) {
    const agent = crew.agents[crew.current]
    if (!agent) return null
    await resetWorktree(night.proposal.git, best.commit ?? '')
    const { prose, proseHash } = await readProse(night.program)
    const start = performance.now()
    night.terminal.live(`${'propose'.padEnd(9)} ${agent.use} is thinking`)
    try {
      const proposal = await agent.propose({
        worktree: night.proposal.path,
        folder: join(night.proposal.path, night.contract.target),
        edit: night.contract.edit,
        prompt: buildPrompt(prose, night.contract, night.state),
        goal: night.contract.metric.goal,
        history: await readHistory(night, crew),
        isTried: async () => night.tried.has(await writeTree(night.proposal.git)),
        signal: night.signal,
      })
      if (proposal) return { proposal, use: agent.use, seconds: (performance.now() - start) / 1000, proseHash }
      await replace(night, crew, 'it has nothing left to try')
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      if (night.signal.aborted) return null
      await noteFailure(night, crew, error.message)
    }
  }
  return null
}

/** One refusal or failure more; the fifth in a row hands over to the fallback. */
export async function noteFailure(night: Night, crew: Crew, why: string): Promise<void> {
  crew.failures++
  const use = crew.agents[crew.current]?.use ?? ''
  await emit(night, { event: 'agent', use, why })
  night.terminal.step('agent', `${use}: ${why}`)
  if (crew.failures >= patience) await replace(night, crew, `${patience} proposals in a row failed`)
}

async function replace(night: Night, crew: Crew, why: string): Promise<void> {
  const from = crew.agents[crew.current]?.use ?? ''
  crew.current++
  crew.failures = 0
  const to = crew.agents[crew.current]?.use
  await emit(night, { event: 'agent', use: to ?? from, why: `${from}: ${why}` })
  night.terminal.step('agent', to ? `${from}: ${why}; ${to} proposes from here on` : `${from}: ${why}`)
}

async function readHistory({ state, folder }: Night, { patches }: Crew): Promise<Past[]> {
  return Promise.all(
    state.experiments.map(async experiment => {
      const { number } = experiment
      const patch = patches.get(number) ?? (await readFile(files.patch(folder, number), 'utf8').catch(() => ''))
      patches.set(number, patch)
      return { experiment, patch }
    }),
  )
}
