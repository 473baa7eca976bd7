/** Time, so that tests need not wait. */
import { setTimeout } from 'node:timers/promises'

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Waits this many milliseconds. */
  wait(milliseconds: number): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  wait: async milliseconds => {
    if (milliseconds > 0) await setTimeout(milliseconds)
  },
}
