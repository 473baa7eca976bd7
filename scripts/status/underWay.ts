/** What the slots do. Pure. */
import type { Contract } from '../program/contract.ts'
import { engineSlots, type WhereRuns } from '../program/engine.ts'
import { pairUnderWay } from '../ratchet/pairs.ts'
import { isLeftBehind, type State } from '../record/state.ts'

export interface UnderWay {
  experiment: number
  /** Run of the experiment, from 1. */
  k: number
  purpose: string
  slot: number
  /** The candidate's description; null for a repeat of a judged experiment. */
  description: string | null
  /** Of an experiment whose pairs are made: the present one, from 1, and their number; else null. */
  pair: { number: number; of: number } | null
  /** Where it executes; null on the harness's own machine, and while it waits. */
  node: string | null
  /** Whether an engine was asked for it, but has not started it: `elapsedSeconds` are those it waits. */
  waits: boolean
  elapsedSeconds: number
  budgetSeconds: number
}

export const runsUnderWay = (state: State, now: Date): UnderWay[] =>
  [...state.running.values()]
    .filter(run => !isLeftBehind(run))
    .map(({ experiment, k, purpose, slot, at, submitted, placed }) => {
      const began = placed?.at ?? submitted?.at ?? at
      const elapsedSeconds = Math.max(0, (now.getTime() - Date.parse(began)) / 1000)
      const waits = state.session.engine !== undefined && placed === undefined
      const description = state.pending.get(experiment)?.description ?? null
      const pair = pairUnderWay(state, experiment)
      const node = placed?.node ?? null
      return {
        experiment,
        k,
        purpose,
        slot,
        description,
        pair,
        node,
        waits,
        elapsedSeconds,
        budgetSeconds: state.session.budget,
      }
    })
    .sort((a, b) => a.slot - b.slot)

export function waitingIn({ pending, running }: State): number {
  const run = new Set([...running.values()].filter(each => !isLeftBehind(each)).map(({ experiment }) => experiment))
  return [...pending.keys()].filter(number => !run.has(number)).length
}

/** Share of the slots' time spent in finished and current runs; `auto` counts as one slot per GPU. */
export function busyShare({ session, experiments, open }: State, running: UnderWay[], active: number): number {
  const contract = session.contract as Partial<Contract>
  const { slots } = contract
  const own = typeof slots === 'number' ? slots : Math.max(1, session.machine.gpus)
  const slotCount = (contract.engine && engineSlots(contract as WhereRuns)) ?? own
  const finished = [...experiments.flatMap(e => e.runs), ...[...open.values()].flat()]
  const seconds = finished.reduce((sum, run) => sum + run.seconds, 0)
  const current = running.reduce((sum, run) => sum + (run.waits ? 0 : run.elapsedSeconds), 0)
  return active > 0 ? Math.min(1, (seconds + current) / (slotCount * active)) : 0
}
