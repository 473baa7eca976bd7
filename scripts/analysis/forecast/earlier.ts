/** What experiments of earlier sessions took, by which a session is forecast. */

import { join } from 'node:path'
import { median } from 'simple-statistics'
import { orWarn } from '../../lib/files/read.ts'
import { activeBetween } from '../../record/activeTime.ts'
import { listSessions, newestFirst, readSession } from '../../record/files/paths.ts'
import { isSearch } from '../../record/purposes.ts'
import type { Experiment, Session } from '../../record/schema.ts'
import type { Amounts } from '../../stats/forecast.ts'
import { givenData } from '../data.ts'

/** What a forecast rests on. */
export interface Basis {
  /** Earlier sessions, and their experiments. */
  sessions: number
  experiments: number
  /** Experiments of the session itself. */
  own: number
}

export interface Earlier {
  /** Dollars of the agent's proposals. */
  cost: Amounts
  /** Seconds from one verdict to the next. */
  pace: Amounts
  /** Runs, without those of the baseline and of confirm. */
  runs: Amounts
  /** Wall time of a run, seconds: median over the sessions of their medians; null without a run. */
  runSeconds: number | null
  basis: { cost: Omit<Basis, 'own'>; pace: Omit<Basis, 'own'> }
}

/** What makes sessions alike. `effort` and `model` as asked for; null: the client's default. */
export interface Kind {
  session: Pick<Session, 'id' | 'program' | 'metric' | 'budget' | 'machine' | 'contract'>
  devices: number
  agent: { use: string; model: string | null; effort: string | null }
}

/** Sessions that are read, and the newest of them that a forecast rests on. */
const [MAX_READ, MAX_SESSIONS] = [60, 5]

/** Reads the newest sessions of this notebook. Those collected from elsewhere say nothing of this machine and account. */
export async function readEarlier(root: string, kind: Kind): Promise<Earlier> {
  const ids = (await newestFirst(root, await listSessions(root))).filter(id => id !== kind.session.id)
  const found: ReturnType<typeof amountsOf>[] = []
  for (const id of ids.slice(0, MAX_READ)) {
    const records = await orWarn(readSession(join(root, id)))
    if (!records || records.session.source !== undefined || !sameAgent(records.session, kind)) continue
    found.push(amountsOf(records, kind))
  }
  const cost = found
    .map(each => each.cost)
    .filter(isFilled)
    .slice(0, MAX_SESSIONS)
  const timed = found.filter(each => each.pace !== null && each.pace.length > 0).slice(0, MAX_SESSIONS)
  const pace = timed.map(each => each.pace ?? [])
  return {
    cost: { earlier: cost, own: [] },
    pace: { earlier: pace, own: [] },
    runs: { earlier: timed.map(each => each.runs), own: [] },
    runSeconds: medianOf(timed.flatMap(each => each.runSeconds ?? [])),
    basis: { cost: sizeOf(cost), pace: sizeOf(pace) },
  }
}

/** With what the session itself has spent so far. */
export function withOwn(earlier: Earlier, session: Session, experiments: Experiment[], use: string): Earlier {
  const { cost, pace, runs } = earlier
  return {
    ...earlier,
    cost: { ...cost, own: costsOf(experiments, use) },
    pace: { ...pace, own: paceOf(session, experiments) },
    runs: { ...runs, own: runsOf(experiments) },
  }
}

function amountsOf({ session, experiments }: { session: Session; experiments: Experiment[] }, kind: Kind) {
  return {
    cost: costsOf(experiments, kind.agent.use),
    pace: sameRuns(session, kind) ? paceOf(session, experiments) : null,
    runs: runsOf(experiments),
    runSeconds: medianOf(experiments.flatMap(e => e.runs).flatMap(run => (run.outcome === 'ok' ? run.seconds : []))),
  }
}

const medianOf = (values: number[]): number | null => (values.length > 0 ? median(values) : null)

const isFilled = (values: number[]): boolean => values.length > 0
const sizeOf = (groups: number[][]) => ({
  sessions: groups.length,
  experiments: groups.reduce((sum, values) => sum + values.length, 0),
})

function sameAgent({ agent, contract }: Session, kind: Kind): boolean {
  const spec = contract.agent as { effort?: string | null } | undefined
  return (
    agent.use === kind.agent.use && agent.model === kind.agent.model && (spec?.effort ?? null) === kind.agent.effort
  )
}

/** Whether an experiment takes as long there: the same runs on as many devices of the same machine. */
function sameRuns(session: Session, { session: own, devices }: Kind): boolean {
  const judge = ({ contract }: Pick<Session, 'contract'>) => contract.judge ?? 'single'
  return (
    session.machine.label === own.machine.label &&
    session.program === own.program &&
    session.metric.name === own.metric.name &&
    session.budget === own.budget &&
    judge(session) === judge(own) &&
    session.contract.run === own.contract.run &&
    givenData(session) === givenData(own) &&
    session.active?.at(-1)?.devices === devices
  )
}

/** Known dollars of the experiments that the agent proposed. */
const costsOf = (experiments: Experiment[], use: string): number[] =>
  experiments.flatMap(({ number, agent }) => (number > 0 && agent.use === use ? (agent.costUsd ?? []) : []))

/** Seconds of activity between verdicts; without times of activity none. Experiments by hand are no part of the loop. */
function paceOf(session: Session, experiments: Experiment[]): number[] {
  if (session.active === undefined) return []
  const ends = looped(experiments).map(({ endedAt }) => Date.parse(endedAt ?? ''))
  const baseline = experiments.find(({ number }) => number === 0)?.endedAt
  if (!baseline) return []
  const moments = [Date.parse(baseline), ...ends.sort((a, b) => a - b)]
  return moments.slice(1).map((end, i) => activeBetween(session, moments[i] ?? end, end))
}

const runsOf = (experiments: Experiment[]): number[] =>
  looped(experiments).map(({ runs }) => runs.filter(isSearch).length)

/** Experiments that the loop finished, by whatever agent. */
const looped = (experiments: Experiment[]): Experiment[] =>
  experiments.filter(
    ({ number, endedAt, status, agent }) =>
      number > 0 && endedAt !== null && status !== 'aborted' && agent.use !== 'hand',
  )
