/** Outages of agents, from a session's events. Each function changes the list in place. */
import type { JournalEvent } from './journal.ts'
import type { Experiment, Outage } from './schema.ts'

/** The agent's present outage, if it has one. */
export const openOutage = (outages: Outage[], agentIndex: number): Outage | undefined =>
  outages.find(outage => outage.agentIndex === agentIndex && outage.endedAt === null)

/** Begins an outage, or counts one more failed request in it. */
export function recordFailure(outages: Outage[], down: Extract<JournalEvent, { event: 'agent-failed' }>): void {
  const { at, agentIndex, use, kind, detail } = down
  const outage = openOutage(outages, agentIndex)
  if (outage) outage.tries++
  else outages.push({ agentIndex, use, kind, detail, startedAt: at, endedAt: null, tries: 1, experiments: 0 })
}

/** Ends the outages of one agent, or of all. */
export function endOutages(outages: Outage[], at: string, agentIndex?: number): void {
  for (const outage of outages)
    if (outage.endedAt === null && (agentIndex === undefined || outage.agentIndex === agentIndex)) outage.endedAt = at
}

/** Counts a proposal that others made during an outage. An agent that is out for its refused proposals still proposes. */
export function countInOutages(outages: Outage[], { agent }: Pick<Experiment, 'agent'>): void {
  for (const outage of outages)
    if (outage.endedAt === null && !(outage.kind === 'refused' && outage.use === agent.use)) outage.experiments++
}
