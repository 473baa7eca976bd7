/** What the checks of the clients share. */
import { AgentDown, type Checked } from '../agent.ts'
import { isUnknownModel } from './failures.ts'
import type { Said } from './process.ts'

type Found = Pick<Checked, 'notes' | 'problem'>

export const ready = (...notes: string[]): Found => ({ notes, problem: null })
export const problem = (found: string, advice: string): Found => ({ notes: [], problem: { found, advice } })

/** What is asked where nothing else tells whether the key and the model's name are right. */
export const oneWord = 'Answer with the word ready.'

/** Keys and models that answered once: the word is not asked for again. */
const known = new Set<string>()

/**
 * A one-word answer, some hundred tokens.
 * @param about key, model and the like: what answered once with the same is right
 * @returns a refused key or an unknown model; a service that is down at this moment is no mistake of the user's
 */
export async function answers(
  about: unknown[],
  login: string,
  say: () => Promise<Said>,
  read: (said: Said) => unknown,
) {
  const name = JSON.stringify(about)
  if (known.has(name)) return ready()
  try {
    read(await say())
    known.add(name)
    return ready()
  } catch (error) {
    if (!(error instanceof AgentDown)) throw error
    if (error.kind === 'auth') return problem(error.message, login)
    return isUnknownModel(error.message) ? problem(error.message, error.advice) : ready()
  }
}
