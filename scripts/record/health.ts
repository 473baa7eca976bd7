/** Who proposes, and how well that goes, from the events of a night. Pure. */
import type { JournalEvent } from './journal.ts'

export interface Health {
  agent: string
  /** Proposals in a row that failed or were refused. */
  failures: number
  /** The last of them, or why the one before was replaced; null when nothing ever failed. */
  last: { at: string; why: string } | null
}

/** @param first the agent of the contract */
export function healthOf(events: JournalEvent[], first: string): Health {
  let known: string | null = null
  let failures = 0
  let last: Health['last'] = null
  for (const event of events) {
    if (event.event === 'candidate' && event.candidate.agent.use !== 'hand') {
      known = event.candidate.agent.use
      failures = 0
    } else if (event.event === 'agent') {
      // An event with another name is the fallback that takes over; it begins without failures.
      failures = known !== null && event.use !== known ? 0 : failures + 1
      known = event.use
      last = { at: event.at, why: event.why }
    }
  }
  return { agent: known ?? first, failures, last }
}
