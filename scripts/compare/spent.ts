/** Hours and dollars of a session, whole and until any verdict. */

import { total } from '../analysis/numbers.ts'
import type { Experiment, Run, Session } from '../record/schema.ts'
import type { Side } from './schema.ts'

export interface Spending {
  hours: number | null
  gpuHours: Side['gpuHours']
  /** Of the search until the verdict at this place of the order. */
  gpuHoursUntil: (order: number) => number | null
  /** What the agent cost for so many of the first experiments; null where it says of none what it cost. */
  agentUsd: (count: number) => number | null
}

/** @param ordered by verdict */
export function spending(session: Session, ordered: Experiment[]): Spending {
  const hours = sessionHours(session, ordered)
  const runs = ordered.flatMap(e => e.runs.filter(isSearch))
  return {
    hours,
    agentUsd: count => total(ordered.slice(0, count).map(e => e.agent.costUsd)),
    ...(runs.length > 0
      ? byRuns(runs, ordered)
      : hours !== null
        ? byClock(hours, session, ordered)
        : byBudget(session, ordered)),
  }
}

/** What confirms afterwards is no search: counting it would punish who checks. */
export const isSearch = ({ purpose }: Run): boolean => purpose !== 'confirm' && purpose !== 'ablate'

/** From the session's start to the verdict of one of its experiments. */
export function hoursUntil({ startedAt, budget }: Session, e: Experiment): number | null {
  if (startedAt === null) return null
  if (e.endedAt !== null) return hoursBetween(startedAt, Date.parse(e.endedAt))
  // Of a collected one the commit's time is known: its run came then.
  if (e.startedAt !== null) return hoursBetween(startedAt, Date.parse(e.startedAt) + (budget ?? 0) * 1000)
  return e.number === 0 ? 0 : null
}

const hoursBetween = (from: string, to: number): number => Math.max(0, to - Date.parse(from)) / 3_600_000

function sessionHours(session: Session, ordered: Experiment[]): number | null {
  if (session.startedAt === null) return null
  if (session.endedAt !== null) return hoursBetween(session.startedAt, Date.parse(session.endedAt))
  const known = ordered.flatMap(e => hoursUntil(session, e) ?? [])
  return known.length > 0 ? Math.max(...known) : null
}

type Gpu = Pick<Spending, 'gpuHours' | 'gpuHoursUntil'>

/** A run of an older experiment that was made later counts from then. */
function byRuns(runs: Run[], ordered: Experiment[]): Gpu {
  const ends = runs
    .map(run => ({ at: Date.parse(run.startedAt) + run.seconds * 1000, hours: run.seconds / 3600 }))
    .sort((a, b) => a.at - b.at)
  const until = (at: number) => ends.reduce((sum, end) => (end.at <= at ? sum + end.hours : sum), 0)
  return {
    gpuHours: { value: until(Number.POSITIVE_INFINITY), basis: 'runs' },
    gpuHoursUntil: order => {
      const end = ordered[order]?.endedAt
      return end ? until(Date.parse(end)) : null
    },
  }
}

function byClock(hours: number, session: Session, ordered: Experiment[]): Gpu {
  const gpus = session.machine.gpus || 1
  return {
    gpuHours: { value: hours * gpus, basis: 'clock' },
    gpuHoursUntil: order => {
      const e = ordered[order]
      const at = e ? hoursUntil(session, e) : null
      return at === null ? null : at * gpus
    },
  }
}

function byBudget({ budget }: Session, ordered: Experiment[]): Gpu {
  const hours = (list: Experiment[]) => (list.filter(e => e.metric !== null).length * (budget ?? 0)) / 3600
  return budget === null || budget === 0
    ? { gpuHours: null, gpuHoursUntil: () => null }
    : {
        gpuHours: { value: hours(ordered), basis: 'budget' },
        gpuHoursUntil: order => hours(ordered.slice(0, order + 1)),
      }
}
