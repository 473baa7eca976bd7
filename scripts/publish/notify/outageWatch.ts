/** Notices outages that last, from the session's events. */
import type { JournalEvent } from '../../record/journal.ts'
import { openOutage } from '../../record/outages.ts'
import type { Outage } from '../../record/schema.ts'
import { apply, initialState, type State } from '../../record/state.ts'

interface Watched {
  /** The outage has lasted so long. */
  onLong(state: State, outage: Outage): void
  /** An outage that `onLong` was called for is over, because its agent gave a proposal. */
  onOver(state: State, outage: Outage): void
}

export interface OutageWatch {
  onEvent(event: JournalEvent): void
  /** Ends the watch, and waits until what has happened is told. */
  close(): Promise<void>
}

/**
 * @param limit after which an outage is long, milliseconds
 * @param readEvents the session's events so far
 */
export function watchOutages(
  limit: number,
  readEvents: () => Promise<JournalEvent[]>,
  { onLong, onOver }: Watched,
): OutageWatch {
  const timers = new Map<number, NodeJS.Timeout>()
  /** Agents whose outage became long in a pause, when nobody is asked. */
  const paused = new Set<number>()
  const long = new Set<number>()
  const looks = new Set<Promise<void>>()

  /** A record that cannot be read is an error elsewhere; here it only means that nothing is told. */
  const begin = (looking: Promise<void>) => {
    const done = looking.catch(() => {}).finally(() => looks.delete(done))
    looks.add(done)
  }
  const start = (agentIndex: number) => {
    const timer = setTimeout(() => begin(look(agentIndex)), limit)
    timers.set(agentIndex, timer.unref())
  }
  // The whole record is read anew, so that the same is said of an outage as by status and report.
  const look = async (agentIndex: number): Promise<void> => {
    const state = stateOf(await readEvents())
    const outage = state && openOutage(state.session.outages, agentIndex)
    if (!outage) return
    if (state.requested?.kind === 'pause') {
      paused.add(agentIndex)
      return
    }
    long.add(agentIndex)
    onLong(state, outage)
  }
  const end = async (agentIndex: number, at: string): Promise<void> => {
    const state = stateOf(await readEvents())
    const outage = state?.session.outages.find(o => o.agentIndex === agentIndex && o.endedAt === at)
    if (state && outage) onOver(state, outage)
  }

  return {
    onEvent: event => {
      if (event.event === 'agent-failed' && !timers.has(event.agentIndex)) start(event.agentIndex)
      if (event.event === 'agent-recovered') {
        const { agentIndex, at } = event
        clearTimeout(timers.get(agentIndex))
        timers.delete(agentIndex)
        paused.delete(agentIndex)
        if (long.delete(agentIndex)) begin(end(agentIndex, at))
      }
      if (event.event === 'continued') {
        for (const agentIndex of paused) start(agentIndex)
        paused.clear()
      }
    },
    close: async () => {
      for (const timer of timers.values()) clearTimeout(timer)
      await Promise.all(looks)
    },
  }
}

function stateOf(events: JournalEvent[]): State | null {
  const first = events[0]
  if (first?.event !== 'started') return null
  const state = initialState(structuredClone(first.session))
  for (const event of events) apply(state, event)
  return state
}
