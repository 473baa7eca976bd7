/** What the session will hold, and when it ends. Pure: time comes in, as seconds since the start. */
import { duration, metricText } from '../lib/format.ts'
import { nextClockTime } from '../lib/time.ts'
import type { Contract } from '../program/contract.ts'
import { headOf, meanMetric, type State, sessionMetrics } from '../record/state.ts'

/** The session's own time, on the monotonic clock: a system clock that jumps ends no session. */
export interface Clock {
  /** Seconds since the session began, interruptions left out. */
  elapsed: () => number
  /** Second at which the clock time of `until` comes; null without one. */
  until: number | null
}

export interface Plan {
  /** Second by which everything, confirm and report included, should be done; null without a time limit. */
  end: number | null
  /** Seconds of a run, start-up and evaluation included. */
  runSeconds: number
  /** Runs of baseline and head that confirm makes. */
  confirmRuns: number
  /** Experiments the session is expected to hold; null when nothing bounds it. */
  experiments: number | null
}

/** Report, records and the like, seconds. */
const closingSeconds = 30

/** A clock that goes on from `spent` seconds; `until` is the next such time after `now`. */
export function startClock(contract: Contract, now: Date, spent: number): Clock {
  const zero = performance.now()
  const end = contract.until === null ? null : nextClockTime(contract.until, now)
  return {
    elapsed: () => spent + (performance.now() - zero) / 1000,
    until: end && spent + (end.getTime() - now.getTime()) / 1000,
  }
}

/** `runSeconds` null before the first run: start-up and evaluation are then guessed at 8% and three seconds. */
export function makePlan(
  contract: Contract,
  { until }: Pick<Clock, 'until'>,
  runSeconds: number | null,
  pairs: number,
  slots = 1,
): Plan {
  const seconds = runSeconds ?? contract.budget * 1.08 + 3
  const confirmRuns = 2 * pairs
  const ends = [until, contract.hours === null ? null : contract.hours * 3600].flatMap(end =>
    end === null ? [] : [end],
  )
  const end = ends.length > 0 ? Math.min(...ends) : null
  // Confirm takes one slot after the other runs are done: its runs must not disturb one another.
  const inTime =
    end === null ? null : Math.floor((end - closingSeconds) / seconds - confirmRuns) * slots - contract.seeds
  const bounds = [inTime, contract.experiments].flatMap(bound => (bound === null ? [] : [Math.max(0, bound)]))
  return { end, runSeconds: seconds, confirmRuns, experiments: bounds.length > 0 ? Math.min(...bounds) : null }
}

/** "about 88 runs until 07:00; 9 of them, 49 minutes, go to σ and confirm" */
export function planText({ end, experiments, runSeconds, confirmRuns }: Plan, seeds: number, start: Date): string {
  if (experiments === 0 && end === null) return 'the baseline alone'
  const apart = seeds + confirmRuns
  const total = apart * runSeconds
  const spent = total < 120 ? duration(total) : `${Math.round(total / 60)} minutes`
  const runs = experiments === null ? 'runs until Ctrl-C' : `about ${experiments + apart} runs`
  const by = end === null ? '' : ` until ${clockText(start, end)}`
  return `${runs}${by}; ${apart} of them, ${spent}, go to σ and confirm`
}

const clockText = (start: Date, seconds: number): string =>
  new Date(start.getTime() + seconds * 1000).toTimeString().slice(0, 5)

export interface Stop {
  kind:
    | 'until'
    | 'hours'
    | 'experiments'
    | 'target'
    | 'patience'
    | 'cost'
    | 'interrupted'
    | 'exhausted'
    | 'machine'
    | 'agent'
    | 'failed'
  detail: string
}

/** The first stop rule that holds; null while none does. */
export function stopReason(contract: Contract, state: State, plan: Plan, elapsed: number): Stop | null {
  const done = Math.max(0, state.experiments.length - 1)
  if (contract.experiments !== null && done >= contract.experiments)
    return { kind: 'experiments', detail: madeText(done) }
  const lastKeep = state.experiments.findLastIndex(e => e.status === 'keep')
  const since = done - Math.max(0, lastKeep)
  if (contract.patience !== null && since >= contract.patience)
    return { kind: 'patience', detail: `${since} experiments without a keep` }
  return targetReached(contract, state) ?? moneySpent(contract, state) ?? timeUp(contract, plan, elapsed)
}

const madeText = (done: number): string =>
  done === 0 ? 'the baseline was made' : done === 1 ? '1 experiment was made' : `${done} experiments were made`

function targetReached({ metric }: Contract, state: State): Stop | null {
  const head = headOf(state)
  if (metric.target === null || !head || sessionMetrics(head).length === 0) return null
  const value = meanMetric(head)
  const reached = metric.goal === 'minimize' ? value <= metric.target : value >= metric.target
  return reached
    ? { kind: 'target', detail: `${metric.name} ${metricText(value)} reaches the target of ${metric.target}` }
    : null
}

function moneySpent({ cost_usd }: Contract, { experiments }: State): Stop | null {
  // Unknown cost is not zero, but it cannot be counted either.
  const spent = experiments.reduce((sum, e) => sum + (e.agent.costUsd ?? 0), 0)
  return cost_usd !== null && spent >= cost_usd
    ? { kind: 'cost', detail: `the agent has cost $${spent.toFixed(2)}` }
    : null
}

function timeUp(contract: Contract, { end, runSeconds, confirmRuns }: Plan, elapsed: number): Stop | null {
  const needed = (1 + confirmRuns) * runSeconds + closingSeconds
  if (end === null || elapsed + needed <= end) return null
  const byClock = contract.hours === null || end < contract.hours * 3600
  const what = byClock ? `${contract.until}` : `the end of ${contract.hours} hours`
  return { kind: byClock ? 'until' : 'hours', detail: `${what} leaves no time for another experiment before confirm` }
}
