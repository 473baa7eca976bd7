/** What the checks of the clients share. */
import { type AgentCheck, AgentDown } from '../agent.ts'
import { isUnknownModel } from './failures.ts'
import type { ClientOutput } from './process.ts'

type CheckResult = Pick<AgentCheck, 'notes' | 'problem'>

export const ready = (...notes: string[]): CheckResult => ({ notes, problem: null })
export const problem = (found: string, advice: string): CheckResult => ({ notes: [], problem: { found, advice } })

/** What is asked where nothing else tells whether the key and the model's name are right. */
export const CHECK_PROMPT = 'Answer with the word ready.'

/** Keys and models that answered once: the word is not asked for again. */
const passed = new Set<string>()

/**
 * A one-word answer, some hundred tokens.
 * @param key key, model and the like: what answered once with the same is right
 * @returns a refused key or an unknown model; a service that is down at this moment is no mistake of the user's
 */
export async function checkByPrompt(
  key: unknown[],
  login: string,
  sendPrompt: () => Promise<ClientOutput>,
  read: (said: ClientOutput) => unknown,
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
