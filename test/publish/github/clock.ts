/** A clock that stands still but for its waits, so that tests do not wait. */
import type { Clock } from '../../../scripts/publish/github/clock.ts'

export interface FakeClock extends Clock {
  /** Milliseconds of each wait. */
  waits: number[]
  /** Does something once this many ms have passed. */
  after(milliseconds: number, act: () => void): void
}

export function fakeClock(start = Date.parse('2026-11-22T07:00:00Z')): FakeClock {
  let now = start
  const due: { at: number; act: () => void }[] = []
  const waits: number[] = []
  return {
    waits,
    now: () => now,
    wait: async milliseconds => {
      waits.push(milliseconds)
      now += milliseconds
      for (const task of due.splice(0).sort((a, b) => a.at - b.at)) {
        if (task.at <= now) task.act()
        else due.push(task)
      }
    },
    after: (milliseconds, act) => void due.push({ at: now + milliseconds, act }),
  }
}
