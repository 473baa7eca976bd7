/** Hours and agent cost of a session, in total and up to any verdict. */
import { total } from '../analysis/numbers.ts'
import { isSearch } from '../record/purposes.ts'
import type { Experiment, Run, Session } from '../record/schema.ts'
import type { Side } from './schema.ts'

export interface Spending {
  hours: number | null
  deviceHours: Side['deviceHours']
  /** GPU-hours of the search up to the verdict at this index. */
  deviceHoursUntil: (order: number) => number | null
  /** Agent cost of the first `count` experiments; null if unknown for all of them. */
  agentUsd: (count: number) => number | null
}

/** @param ordered experiments in verdict order */
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

/** Hours from the session's start to an experiment's verdict; null if unknown. */
export function hoursUntil({ startedAt, budget }: Session, e: Experiment): number | null {
  if (startedAt === null) return null
  if (e.endedAt !== null) return hoursBetween(startedAt, Date.parse(e.endedAt))
  // A collected session has the commit's time, just before its run.
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

type Gpu = Pick<Spending, 'deviceHours' | 'deviceHoursUntil'>

/** A run counts when it ended, even if its experiment was judged earlier. */
function byRuns(runs: Run[], ordered: Experiment[]): Gpu {
  const ends = runs
    .map(run => ({ at: Date.parse(run.startedAt) + run.seconds * 1000, hours: run.seconds / 3600 }))
    .sort((a, b) => a.at - b.at)
  const until = (at: number) => ends.reduce((sum, end) => (end.at <= at ? sum + end.hours : sum), 0)
  return {
    deviceHours: { value: until(Number.POSITIVE_INFINITY), basis: 'runs' },
    deviceHoursUntil: order => {
      const end = ordered[order]?.endedAt
      return end ? until(Date.parse(end)) : null
    },
  }
}

function byClock(hours: number, session: Session, ordered: Experiment[]): Gpu {
  const gpus = session.machine.gpus || 1
  return {
    deviceHours: { value: hours * gpus, basis: 'clock' },
    deviceHoursUntil: order => {
      const e = ordered[order]
      const at = e ? hoursUntil(session, e) : null
      return at === null ? null : at * gpus
    },
  }
}

function byBudget({ budget }: Session, ordered: Experiment[]): Gpu {
  const hours = (list: Experiment[]) => (list.filter(e => e.metric !== null).length * (budget ?? 0)) / 3600
  return budget === null || budget === 0
    ? { deviceHours: null, deviceHoursUntil: () => null }
    : {
        deviceHours: { value: hours(ordered), basis: 'budget' },
        deviceHoursUntil: order => hours(ordered.slice(0, order + 1)),
      }
}
