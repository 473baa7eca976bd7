/** Times in which an agent gave no proposal, as a session's events tell them. Each changes the list in place. */
import type { JournalEvent } from './journal.ts'
import type { Experiment, Outage } from './schema.ts'

/** The outage of an agent that is not over, if there is one. */
export const openOutage = (outages: Outage[], place: number): Outage | undefined =>
  outages.find(outage => outage.place === place && outage.endedAt === null)

/** An agent was asked in vain: the first time, or once more. */
export function goDown(outages: Outage[], down: Extract<JournalEvent, { event: 'down' }>): void {
  const { at, place, use, kind, detail } = down
  const outage = openOutage(outages, place)
  if (outage) outage.tries++
  else outages.push({ place, use, kind, detail, startedAt: at, endedAt: null, tries: 1, experiments: 0 })
}

/** Of one agent, or of all. */
export function endOutages(outages: Outage[], at: string, place?: number): void {
  for (const outage of outages)
    if (outage.endedAt === null && (place === undefined || outage.place === place)) outage.endedAt = at
}

/** A new proposal was made without the agents that are down; one that is down for its refusals may be refused again. */
export function countInOutages(outages: Outage[], { agent }: Pick<Experiment, 'agent'>): void {
  for (const outage of outages)
    if (outage.endedAt === null && !(outage.kind === 'refused' && outage.use === agent.use)) outage.experiments++
}
