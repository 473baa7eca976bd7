/** What remains of a session under each of its stop rules. Pure. */

import { type Costs, costTexts, spentSoFar } from '../analysis/cost.ts'
import { dollarText } from '../lib/format.ts'
import { nextClockTime } from '../lib/time.ts'
import type { Contract } from '../program/contract.ts'
import { headOf, meanMetric, type State, sessionMetrics } from '../record/state.ts'

export interface Remaining {
  rule: 'until' | 'hours' | 'experiments' | 'patience' | 'target' | 'cost_usd'
  limit: string | number
  /** In the rule's unit: seconds, experiments, the metric's unit, dollars; at least 0. */
  left: number
  /** Remaining time: exact for time limits, estimated from the rate for counts, null when unknown. */
  seconds: number | null
  /** Of `cost_usd`: what it counts so far; `gpuUsd` is null without a price of the GPUs. */
  spent?: Costs
}

/** "$7.66 of $10.00, confirm included; $0.34 for agents and $2.00 for GPUs so far": with GPUs, the rule leaves what confirm costs. */
export function costLeftText({ limit, left, spent }: Remaining): string {
  const parts = spent === undefined ? [] : costTexts(spent)
  const soFar = spent?.gpuUsd == null ? '' : `, confirm included; ${parts.join(' and ')} so far`
  return `${dollarText(left)} of ${dollarText(Number(limit))}${soFar}`
}

/**
 * @param moment.began start of the session, or of its last resumption
 * @param moment.active seconds that the session has run, interruptions excluded
 * @param moment.rate experiments per second so far; 0 before the first
 */
export function remainingByRules(
  state: State,
  moment: { began: Date; now: Date; active: number; rate: number },
): Remaining[] {
  const rules = { ...state.session.contract, ...state.stopRules } as Partial<Contract>
  const done = Math.max(0, state.experiments.length - 1)
  const { began, now, active, rate } = moment
  const found: Remaining[] = []
  const add = (
    rule: Remaining['rule'],
    limit: string | number,
    left: number,
    seconds: (left: number) => number | null,
  ) => found.push({ rule, limit, left: Math.max(0, left), seconds: seconds(Math.max(0, left)) })
  const exact = (left: number) => left
  const byRate = (left: number) => (rate > 0 ? left / rate : null)

  const end = rules.until ? nextClockTime(rules.until, began) : null
  if (rules.until && end) add('until', rules.until, (end.getTime() - now.getTime()) / 1000, exact)
  if (typeof rules.hours === 'number') add('hours', rules.hours, rules.hours * 3600 - active, exact)
  if (typeof rules.experiments === 'number') add('experiments', rules.experiments, rules.experiments - done, byRate)
  if (typeof rules.patience === 'number') add('patience', rules.patience, rules.patience - sinceKeep(state), byRate)
  const target = rules.metric?.target ?? null
  const distance = target === null ? null : distanceTo(state, target)
  if (target !== null && distance !== null) add('target', target, distance, () => null)
  if (typeof rules.cost_usd === 'number') {
    const { agentUsd, gpuUsd } = spentSoFar(state, active)
    const left = Math.max(0, rules.cost_usd - (agentUsd ?? 0) - (gpuUsd ?? 0))
    found.push({ rule: 'cost_usd', limit: rules.cost_usd, left, seconds: null, spent: { agentUsd, gpuUsd } })
  }
  return found
}

const sinceKeep = ({ experiments }: State): number =>
  Math.max(
    0,
    experiments.length -
      1 -
      Math.max(
        0,
        experiments.findLastIndex(e => e.status === 'keep'),
      ),
  )

function distanceTo(state: State, target: number): number | null {
  const head = headOf(state)
  if (!head || sessionMetrics(head).length === 0) return null
  return (state.session.metric.goal === 'minimize' ? 1 : -1) * (meanMetric(head) - target)
}
