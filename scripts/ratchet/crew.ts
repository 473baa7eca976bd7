/** The agents of a night, in the order in which they take over, and whether the present one is down. */
import { type Agent, createAgent } from '../agents/agent.ts'
import type { Redo } from '../agents/prompt.ts'
import { Failure } from '../lib/errors.ts'
import { emit, type Night } from './night.ts'

/** So many refusals or failures in a row mean that the agent is down. */
const patience = 5
/** After the first failure in a row, then four times as long each; milliseconds. The tests have less time. */
const firstPause = Number(process.env.NIGHTSHIFT_PAUSE_MS ?? 500)

export interface Crew {
  agents: Agent[]
  current: number
  /** Failures of the present agent in a row; while there are any, free slots make repeats. */
  failures: number
  /** No proposal is asked for before this moment, on the monotonic clock. */
  notBefore: number
  /** Candidates that did not apply to a newer best, to be made again. */
  redo: Redo[]
  /** Patches by experiment, as far as they were read. */
  patches: Map<number, string>
}

/** The agent of the contract and its fallbacks; those this version has no client for are named and left out. */
export function gatherCrew({ contract, terminal }: Night): Crew {
  const specs = [contract.agent, ...contract.fallback]
  const missing = specs.filter(spec => createAgent(spec) === null).map(spec => spec.use)
  const agents = specs.flatMap(spec => createAgent(spec) ?? [])
  const first = agents[0]
  if (!first)
    throw new Failure(
      `There is no client for ${missing.join(', ')} yet.`,
      'Use --agent tuner, or agent: { use: command, command: … }.',
    )
  if (missing.length > 0)
    terminal.step('agent', `there is no client for ${missing.join(', ')} yet; ${first.use} proposes`)
  return { agents, current: 0, failures: 0, notBefore: 0, redo: [], patches: new Map() }
}

/**
 * One refusal or failure more; the fifth in a row hands over to the fallback. An agent that gave no answer is left
 * alone for a while; one that was refused is asked again at once.
 */
export async function noteFailure(night: Night, crew: Crew, why: string, answered: boolean): Promise<void> {
  const use = crew.agents[crew.current]?.use ?? ''
  if (!answered) crew.notBefore = performance.now() + firstPause * 4 ** crew.failures
  crew.failures++
  await emit(night, { event: 'agent', use, why })
  night.terminal.step('agent', `${use}: ${why}`)
  if (crew.failures >= patience) await replace(night, crew, `${patience} proposals in a row failed`)
}

/** The next agent in the list takes over; none may be left. */
export async function replace(night: Night, crew: Crew, why: string): Promise<void> {
  const from = crew.agents[crew.current]?.use ?? ''
  crew.current++
  crew.failures = 0
  crew.notBefore = 0
  const to = crew.agents[crew.current]?.use
  await emit(night, { event: 'agent', use: to ?? from, why: `${from}: ${why}` })
  night.terminal.step('agent', to ? `${from}: ${why}; ${to} proposes from here on` : `${from}: ${why}`)
}
