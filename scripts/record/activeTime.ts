/** How long a session has run, in seconds, without interruptions. */
import type { JournalEvent } from './journal.ts'

/**
 * Sums the time from each start or resumption to the last event before the next one.
 * @param now the current time, for a running session
 */
export function activeSeconds(events: JournalEvent[], now?: Date): number {
  let [total, from, last] = [0, 0, 0]
  for (const { event, at } of events) {
    const moment = Date.parse(at)
    if (event === 'started' || event === 'resumed') {
      total += last - from
      from = moment
    }
    // Where the clock was set back, the time counts as 0.
    last = Math.max(from, moment)
  }
  return (total + Math.max(last, now?.getTime() ?? last) - from) / 1000
}
