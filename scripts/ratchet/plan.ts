/** The plan of a session and its stop rules. Pure functions; times are seconds since the session's start. */
import { median } from 'simple-statistics'
import { costTexts, spentSoFar } from '../analysis/cost.ts'
import { dollarText, duration, metricText } from '../lib/format.ts'
import { plural } from '../lib/text.ts'
import { nextClockTime } from '../lib/time.ts'
import type { Contract } from '../program/contract.ts'
import { headOf, meanMetric, type State, sessionMetrics } from '../record/state.ts'
import { minPairs, pairsInBudget } from './pairs.ts'
import { openSweeps } from './sweeps.ts'

/** The session's time, on the monotonic clock, so that a change of the system clock does not end the session. */
export interface Clock {
  /** Seconds since the session began, interruptions left out. */
  elapsed: () => number
  /** Second of the clock time `until`; null without one. */
  until: number | null
}

export interface Plan {
  /** Second by which the session should end, confirm and report included; null without a time limit. */
  end: number | null
  /** Wall time of a run in seconds, start-up and evaluation included. */
  runSeconds: number
  /** Runs of an experiment: 1, or those of all its pairs with `judge: paired`. */
  experimentRuns: number
  /** Runs that confirm makes, of baseline and head together, and of the original baseline where there is one. */
  confirmRuns: number
  /** Runs of the original baseline before the first experiment. */
  originRuns: number
  /** Expected number of experiments; null when unlimited. */
  experiments: number | null
  /** Names of the stop rules whose moment is not known beforehand. */
  openRules: string[]
}

/** Time reserved for the report and the records, seconds. */
export const closingSeconds = 30

/**
 * A clock that starts at `spent` seconds; `until` is the next such clock time after `now`.
 * @param zero the same moment as `now` on the monotonic clock: a session may have waited for a place since
 */
export function startClock(contract: Contract, now: Date, spent: number, zero = performance.now()): Clock {
  const end = contract.until === null ? null : nextClockTime(contract.until, now)
  return {
    elapsed: () => spent + (performance.now() - zero) / 1000,
    until: end && spent + (end.getTime() - now.getTime()) / 1000,
  }
}

/**
 * @param runSeconds null before the first run. It is then estimated as the budget plus 8% plus 3 s; with `judge: paired`
 * as a share of the budget, which is the time of an experiment there.
 * @param pairs pairs of confirm; with `judge: paired` at least those of an experiment
 * @param inherits whether the session starts with another's changes: then the original baseline is run too, once at the
 * start and once beside each pair of confirm
 */
export function makePlan(
  contract: Contract,
  { until }: Pick<Clock, 'until'>,
  runSeconds: number | null,
  pairs: number,
  slots = 1,
  inherits = false,
): Plan {
  const isPaired = contract.judge === 'paired'
  const seconds = runSeconds ?? (isPaired ? contract.budget / (2 * minPairs) : contract.budget * 1.08 + 3)
  const perExperiment = isPaired ? pairsInBudget(contract.budget, seconds) : 0
  const experimentRuns = isPaired ? 2 * perExperiment : 1
  const confirmRuns = pairs === 0 ? 0 : (inherits ? 3 : 2) * Math.max(pairs, perExperiment)
  const originRuns = inherits ? 1 : 0
  const ends = [until, contract.hours === null ? null : contract.hours * 3600].flatMap(end =>
    end === null ? [] : [end],
  )
  const end = ends.length > 0 ? Math.min(...ends) : null
  // Confirm uses a single slot, so that its runs do not disturb one another.
  const runsInTime =
    end === null
      ? null
      : Math.floor((end - closingSeconds) / seconds - confirmRuns) * slots - contract.seeds - originRuns
  const inTime = runsInTime === null ? null : Math.floor(runsInTime / experimentRuns)
  const bounds = [inTime, contract.experiments].flatMap(bound => (bound === null ? [] : [Math.max(0, bound)]))
  return {
    end,
    runSeconds: seconds,
    experimentRuns,
    confirmRuns,
    originRuns,
    experiments: bounds.length > 0 ? Math.min(...bounds) : null,
    openRules: [
      ...(contract.patience === null ? [] : ['patience']),
      ...(contract.metric.target === null ? [] : ['metric.target']),
      ...(contract.cost_usd === null ? [] : ['cost_usd']),
    ],
  }
}

/** Median wall time of the successful runs, seconds; null without one. */
export function medianRunSeconds({ experiments }: State): number | null {
  const seconds = experiments
    .flatMap(e => e.runs)
    .filter(run => run.outcome === 'ok')
    .map(run => run.seconds)
  return seconds.length > 0 ? median(seconds) : null
}

/** E.g. "about 88 runs until 07:00; 9 of them, 49 minutes, for noise and confirmation". */
export function planText(plan: Plan, seeds: number, start: Date): string {
  const { end, experiments, runSeconds, experimentRuns, confirmRuns, originRuns, openRules } = plan
  if (experiments === 0 && end === null) return 'the baseline only'
  const reserved = seeds + originRuns + confirmRuns
  const total = reserved * runSeconds
  const time = total < 120 ? duration(total) : `${Math.round(total / 60)} minutes`
  const until = openRules.length === 0 ? 'until Ctrl-C' : `until ${openRules.join(' or ')} ends it`
  const runs = experiments === null ? `runs ${until}` : `about ${experiments + reserved} runs`
  const by = end === null ? '' : ` until ${clockText(start, end)}`
  if (experimentRuns > 1) {
    const made = experiments === null ? `experiments ${until}` : `about ${plural(experiments, 'experiment')}`
    return `${made}${by}, each of candidate and head in turns, ${duration(experimentRuns * runSeconds)} in all; then confirm`
  }
  return `${runs}${by}; ${reserved} of them, ${time}, for noise and confirmation`
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
    | 'hook'
    | 'failed'
  detail: string
}

/** The first stop rule that holds; null while none does. */
export function stopReason(contract: Contract, state: State, plan: Plan, elapsed: number): Stop | null {
  const done = Math.max(0, state.experiments.length - 1)
  if (contract.experiments !== null && done >= contract.experiments)
    return { kind: 'experiments', detail: doneText(done) }
  const lastKeep = state.experiments.findLastIndex(e => e.status === 'keep')
  const since = done - Math.max(0, lastKeep)
  // The last verdict of a sweep may be a keep.
  if (contract.patience !== null && since >= contract.patience && openSweeps(state).length === 0)
    return { kind: 'patience', detail: `${since} experiments without a keep` }
  return (
    targetReached(contract, state) ??
    costReached(contract, state, plan, elapsed) ??
    timeReached(contract, plan, elapsed)
  )
}

const doneText = (done: number): string => (done === 0 ? 'the baseline is done' : `${plural(done, 'experiment')} done`)

function targetReached({ metric }: Contract, state: State): Stop | null {
  const head = headOf(state)
  if (metric.target === null || !head || sessionMetrics(head).length === 0) return null
  const value = meanMetric(head)
  const reached = metric.goal === 'minimize' ? value <= metric.target : value >= metric.target
  return reached
    ? {
        kind: 'target',
        detail: `${metric.name} ${metricText(value, [metric.target])} reaches the target of ${metric.target}`,
      }
    : null
}

/** With a price of the GPUs, `cost_usd` counts them too, and what another experiment and confirm would cost of them. */
function costReached({ cost_usd }: Contract, state: State, plan: Plan, elapsed: number): Stop | null {
  if (cost_usd === null) return null
  const { agentUsd, gpuUsd, gpuUsdSecond } = spentSoFar(state, elapsed)
  const agent = agentUsd ?? 0
  if (gpuUsd === null)
    return agent >= cost_usd ? { kind: 'cost', detail: `the agent has cost ${dollarText(agent)}` } : null
  const next = secondsOfNext(plan) * gpuUsdSecond
  if (agent + gpuUsd + next <= cost_usd) return null
  const parts = costTexts({ agentUsd, gpuUsd }).join(' and ')
  return agent + gpuUsd >= cost_usd
    ? { kind: 'cost', detail: `the session has cost ${parts}` }
    : {
        kind: 'cost',
        detail: `the session has cost ${parts}, and the GPUs of another experiment and confirm, about ${dollarText(next)}, would exceed ${dollarText(cost_usd)}`,
      }
}

/** Seconds of another experiment, confirm and report. */
const secondsOfNext = ({ runSeconds, experimentRuns, confirmRuns }: Plan): number =>
  (experimentRuns + confirmRuns) * runSeconds + closingSeconds

function timeReached(contract: Contract, plan: Plan, elapsed: number): Stop | null {
  const { end } = plan
  if (end === null || elapsed + secondsOfNext(plan) <= end) return null
  const byClock = contract.hours === null || end < contract.hours * 3600
  const what = byClock ? `${contract.until}` : `the end of ${contract.hours} hours`
  return { kind: byClock ? 'until' : 'hours', detail: `${what} leaves no time for another experiment before confirm` }
}
