/** An engine that does not answer is no verdict on a run: it is asked again, and the user is told. */
import { setTimeout as wait } from 'node:timers/promises'
import { Failure } from '../../../lib/errors.ts'
import { sanitizeText } from '../../../lib/text.ts'
import type { TrainContext } from '../context.ts'

/** Between two tries at first and at most, and between two messages, milliseconds. */
const [shortest, longest, toldAgain] = [500, 20_000, 600_000]

/**
 * Does it until the engine answers.
 * @param what what does not go on meanwhile, a clause
 * @returns null when the session was stopped at once and the engine does not answer
 */
export async function patiently<T>(
  { terminal, interrupt }: Pick<TrainContext, 'terminal' | 'interrupt'>,
  what: string,
  ask: () => Promise<T>,
): Promise<T | null> {
  let told = Number.NEGATIVE_INFINITY
  for (let pause = shortest; ; pause = Math.min(longest, 2 * pause)) {
    try {
      return await ask()
    } catch (error) {
      // Anything else is a mistake of ours.
      if (!(error instanceof Failure)) throw error
      if (interrupt.now.aborted) return null
      if (performance.now() - told > toldAgain && pause > shortest) {
        told = performance.now()
        terminal.step('engine', `${what}: ${sanitizeText(error.message, 300)} It is tried again.`)
      }
    }
    await wait(pause, null, { signal: interrupt.now }).catch(() => null)
  }
}
