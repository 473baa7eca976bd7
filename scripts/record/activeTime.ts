/** The time that a session has really run, seconds: interruptions are left out. */
import type { JournalEvent } from './journal.ts'

/** From each start or resumption to the last event before the next one; `now` stands for one more, while it runs. */
export function activeSeconds(events: JournalEvent[], now?: Date): number {
  let [total, from, last] = [0, 0, 0]
  for (const { event, at } of events) {
    const moment = Date.parse(at)
    if (event === 'started' || event === 'resumed') {
      total += last - from
      from = moment
    }
    // A clock that was set back counts nothing rather than less than nothing.
    last = Math.max(from, moment)
  }
  return (total + Math.max(last, now?.getTime() ?? last) - from) / 1000
}
