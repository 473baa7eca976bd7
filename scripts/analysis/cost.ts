/** What a session cost, in US dollars: its agents, as far as their clients report it, and its GPUs by `gpu_usd_hour`. Pure. */

import { z } from 'zod'
import { dollarText } from '../lib/format.ts'
import { gpusOfSlot, type WhereRuns } from '../program/engine.ts'
import { activeDeviceSeconds, activeSeconds, isOutside } from '../record/activeTime.ts'
import type { Experiment, Session } from '../record/schema.ts'
import type { State } from '../record/state.ts'
import { total } from './numbers.ts'

/** Dollars of the agents' proposals; null where no cost is known. Experiments of unknown cost are not counted. */
export const agentCost = (experiments: Iterable<{ agent: Pick<Experiment['agent'], 'costUsd'> }>): number | null =>
  total([...experiments].map(({ agent }) => agent.costUsd))

export const gpuCostSchema = z.object({
  usd: z.number().nonnegative(),
  /** Hours that the session ran, times its devices, with those of runs made by hand after its end. */
  deviceHours: z.number().nonnegative(),
  usdPerHour: z.number().nonnegative(),
  /** Whether a scheduler gave the GPUs: slots that waited for theirs are counted as if they had them. */
  atMost: z.boolean().optional(),
})
export type GpuCost = z.infer<typeof gpuCostSchema>

/**
 * Dollars of the GPUs: each is paid for as long as the session runs, also between runs. null where `gpu_usd_hour` is not
 * given, the times are not recorded, or the end of a session that runs is not given.
 * @param until the present, for a session that runs
 */
export function gpuCost(session: Session, experiments: Experiment[], until: Date | null = null): GpuCost | null {
  const usdPerHour = gpuPrice(session)
  const end = until ?? session.endedAt
  if (usdPerHour === null || end === null || session.active === undefined) return null
  const byHand = experiments.flatMap(e => e.runs).filter(run => isOutside(session, run))
  const seconds =
    activeDeviceSeconds(session, end) + devicesOfSlot(session) * byHand.reduce((sum, run) => sum + run.seconds, 0)
  const cost = { usd: (usdPerHour * seconds) / 3600, deviceHours: seconds / 3600, usdPerHour }
  return session.engine?.use === 'slurm' ? { ...cost, atMost: true } : cost
}

/** GPUs of one slot; 1 where it has none, or it is not said. */
function devicesOfSlot({ contract }: Pick<Session, 'contract'>): number {
  const where = contract as Partial<WhereRuns>
  return where.engine === undefined ? 1 : gpusOfSlot(where as WhereRuns) || 1
}

/** US dollars per hour of one GPU, as the session's program.md gave it; null: not given. */
export function gpuPrice({ contract }: Pick<Session, 'contract'>): number | null {
  const { gpuUsdHour } = contract as { gpuUsdHour?: unknown }
  return typeof gpuUsdHour === 'number' && gpuUsdHour >= 0 ? gpuUsdHour : null
}

export interface Costs {
  agentUsd: number | null
  gpuUsd: number | null
}

/** "$1.20 for agents", "$20.00 for GPUs"; what is not known is left out. */
export const costTexts = ({ agentUsd, gpuUsd }: Costs): string[] => [
  ...(agentUsd === null ? [] : [`${dollarText(agentUsd)} for agents`]),
  ...(gpuUsd === null ? [] : [`${dollarText(gpuUsd)} for GPUs`]),
]

/** Costs of a session, as its digest has them. */
export const costsOf = ({ costUsd, gpuCost }: { costUsd: number | null; gpuCost: GpuCost | null }): Costs => ({
  agentUsd: costUsd,
  gpuUsd: gpuCost?.usd ?? null,
})

const hoursText = (hours: number): string =>
  hours < 0.1 ? String(Number(hours.toPrecision(2))) : hours.toFixed(hours < 10 ? 2 : 1)

/** "GPUs cost $20.00: 8.00 GPU-hours at $2.5." */
export const gpuCostSentence = ({ usd, deviceHours, usdPerHour, atMost = false }: GpuCost): string =>
  `GPUs cost ${atMost ? 'at most ' : ''}${dollarText(usd)}: ${hoursText(deviceHours)} GPU-hours at $${usdPerHour}${atMost ? ', as if no slot had waited for its GPUs' : ''}.`

export interface Spent extends Costs {
  /** Dollars of all devices in use, per second; 0 without a price. */
  gpuUsdSecond: number
}

/**
 * What a running session has cost so far, the proposals that wait for a run included.
 * @param elapsed seconds that it has run, by its own clock, which a change of the system's does not move
 */
export function spentSoFar({ session, experiments, pending }: CostState, elapsed: number): Spent {
  const agentUsd = agentCost([...experiments, ...pending.values()])
  const last = session.active?.at(-1)
  const price = gpuPrice(session)
  if (price === null || last === undefined) return { agentUsd, gpuUsd: null, gpuUsdSecond: 0 }
  const before = activeSeconds(session, last.from)
  const now = new Date(Date.parse(last.from) + Math.max(0, elapsed - before) * 1000)
  const gpuUsd = gpuCost(session, experiments, now)?.usd ?? null
  return { agentUsd, gpuUsd, gpuUsdSecond: (price * last.devices) / 3600 }
}

type CostState = Pick<State, 'session' | 'experiments' | 'pending'>
