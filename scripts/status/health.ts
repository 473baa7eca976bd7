/** Which agent proposes and how often it failed, from a session's events. Pure. */
import { candidatesOf, type JournalEvent } from '../record/journal.ts'

export interface Health {
  agent: string
  /** Consecutive failures: no answer, or a refused proposal. */
  failures: number
  /** The last failure, or the last time an agent had no proposal; null when neither happened. */
  last: { at: string; why: string } | null
}

/** @param contractAgent shown until an agent has made a candidate */
export function healthOf(events: JournalEvent[], contractAgent: string): Health {
  let proposer: string | null = null
  let failures = 0
  let last: Health['last'] = null
  for (const event of events) {
    const made = candidatesOf(event)[0]?.agent.use ?? 'hand'
    if (made !== 'hand') {
      proposer = made
      failures = 0
    } else if (event.event === 'judged' && event.experiment.status === 'refused') {
      failures++
      last = { at: event.at, why: event.experiment.reason }
    } else if (event.event === 'agent-failed') {
      failures++
      last = { at: event.at, why: event.detail }
    } else if (event.event === 'agent-exhausted') last = { at: event.at, why: `${event.use}: ${event.why}` }
  }
  return { agent: proposer ?? contractAgent, failures, last }
}
