/** Times in which an agent gave no proposal, as a session's events tell them. Each changes the list in place. */
import type { JournalEvent } from './journal.ts'
import type { Experiment, Outage } from './schema.ts'

/** The outage of an agent that is not over, if there is one. */
export const openOutage = (outages: Outage[], agentIndex: number): Outage | undefined =>
  outages.find(outage => outage.agentIndex === agentIndex && outage.endedAt === null)

/** An agent was asked in vain: the first time, or once more. */
export function recordFailure(outages: Outage[], down: Extract<JournalEvent, { event: 'agent-failed' }>): void {
  const { at, agentIndex, use, kind, detail } = down
  const outage = openOutage(outages, agentIndex)
  if (outage) outage.tries++
  else outages.push({ agentIndex, use, kind, detail, startedAt: at, endedAt: null, tries: 1, experiments: 0 })
}

/** Of one agent, or of all. */
export function endOutages(outages: Outage[], at: string, agentIndex?: number): void {
  for (const outage of outages)
    if (outage.endedAt === null && (agentIndex === undefined || outage.agentIndex === agentIndex)) outage.endedAt = at
}

/** A new proposal was made without the agents that are down; one that is down for its refusals may be refused again. */
export function countInOutages(outages: Outage[], { agent }: Pick<Experiment, 'agent'>): void {
  for (const outage of outages)
    if (outage.endedAt === null && !(outage.kind === 'refused' && outage.use === agent.use)) outage.experiments++
}
