/** Writes whose answer may be lost. */
import type { Clock } from './clock.ts'
import { LostAnswer } from './errors.ts'

/** Milliseconds after a lost answer at which the write is looked for: GitHub may still be at it. */
const LOOKS = [3000, 15_000]
/** How often a write is sent. */
const MAX_SENT = 2

/**
 * Sends a write; where its answer was lost, looks for its effect before it is sent again.
 * @param find the write's result, where it took effect; else null
 * @throws {LostAnswer} when it was lost each time and its effect is not there
 */
export async function writeOnce<T>(clock: Clock, send: () => Promise<T>, find: () => Promise<T | null>): Promise<T> {
  for (let sent = 1; ; sent++) {
    try {
      return await send()
    } catch (error) {
      if (!(error instanceof LostAnswer)) throw error
      for (const pause of LOOKS) {
        await clock.wait(pause)
        const found = await find()
        if (found !== null) return found
      }
      if (sent === MAX_SENT) throw error
    }
  }
}
