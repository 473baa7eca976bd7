/** Who proposes, and how well that goes, from the events of a session. Pure. */
import type { JournalEvent } from '../record/journal.ts'

export interface Health {
  agent: string
  /** Times in a row that nothing came of asking: no answer, or a refused proposal. */
  failures: number
  /** The last of them, or that one had nothing left to try; null when nothing ever failed. */
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
    } else if (event.event === 'judged' && event.experiment.status === 'refused') {
      failures++
      last = { at: event.at, why: event.experiment.reason }
    } else if (event.event === 'agent-failed') {
      failures++
      last = { at: event.at, why: event.detail }
    } else if (event.event === 'agent-exhausted') last = { at: event.at, why: `${event.use}: ${event.why}` }
  }
  return { agent: known ?? first, failures, last }
}
