/** A row of the experiments page: an experiment with its session and target. Runs in the browser too. */
import type { ListedExperiment, ListedSession, ListedTarget, Listing } from './listing.ts'

export interface Row extends ListedExperiment {
  session: ListedSession
  target: ListedTarget
  /** Index among the sessions, from the oldest. */
  age: number
  /** 'baseline', or the status. */
  verdict: string
  /** What the text filter looks in, in lower case. */
  text: string
}

export const rowsOf = ({ sessions, targets }: Listing): Row[] =>
  sessions.flatMap((session, i) => {
    const target = targets[session.target]
    if (!target) throw new Error(`Session ${session.id} has no target.`)
    return session.experiments.map(e => ({
      ...e,
      session,
      target,
      age: sessions.length - i,
      verdict: e.number === 0 ? 'baseline' : e.status,
      text: [
        e.number,
        e.description,
        session.id,
        session.name,
        session.machine,
        e.theme ?? '',
        ...e.knobs.map(k => k.knob),
      ]
        .join(' ')
        .toLowerCase(),
    }))
  })
