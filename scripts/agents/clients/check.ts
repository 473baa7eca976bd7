/** Helpers for the clients' checks. */
import { type AgentCheck, AgentDown } from '../agent.ts'
import { isUnknownModel } from './failures.ts'
import type { ClientOutput } from './process.ts'

type CheckResult = Pick<AgentCheck, 'notes' | 'problem'>

export const ready = (...notes: string[]): CheckResult => ({ notes, problem: null })
export const problem = (found: string, advice: string): CheckResult => ({ notes: [], problem: { found, advice } })

/** Prompt that tests the key and the model where the client has no command for it. */
export const CHECK_PROMPT = 'Answer with the word ready.'

/** Keys and models that already answered in this process. */
const passed = new Set<string>()

/**
 * Tests key and model by a one-word answer, about a hundred tokens.
 * @param key API key, model and settings: the prompt is sent once for each combination
 * @param login advice when the key is refused
 * @returns a problem for a refused key or an unknown model; an outage of the service is not a problem of the setup
 */
export async function checkByPrompt(
  key: unknown[],
  login: string,
  sendPrompt: () => Promise<ClientOutput>,
  read: (output: ClientOutput) => unknown,
) {
  const name = JSON.stringify(key)
  if (passed.has(name)) return ready()
  try {
    read(await sendPrompt())
    passed.add(name)
    return ready()
  } catch (error) {
    if (!(error instanceof AgentDown)) throw error
    if (error.kind === 'auth') return problem(error.message, login)
    return isUnknownModel(error.message) ? problem(error.message, error.advice) : ready()
  }
}
