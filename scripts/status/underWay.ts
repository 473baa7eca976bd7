/** What the slots do. Pure. */
import type { Contract } from '../program/contract.ts'
import { pairUnderWay } from '../ratchet/pairs.ts'
import type { State } from '../record/state.ts'

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
  elapsedSeconds: number
  budgetSeconds: number
}

export const runsUnderWay = (state: State, now: Date): UnderWay[] =>
  [...state.running.values()]
    .map(({ experiment, k, purpose, slot, at }) => {
      const elapsedSeconds = Math.max(0, (now.getTime() - Date.parse(at)) / 1000)
      const description = state.pending.get(experiment)?.description ?? null
      const pair = pairUnderWay(state, experiment)
      return { experiment, k, purpose, slot, description, pair, elapsedSeconds, budgetSeconds: state.session.budget }
    })
    .sort((a, b) => a.slot - b.slot)

export function waitingIn({ pending, running }: State): number {
  const run = new Set([...running.values()].map(({ experiment }) => experiment))
  return [...pending.keys()].filter(number => !run.has(number)).length
}

/** Share of the slots' time spent in finished and current runs; `auto` counts as one slot per GPU. */
export function busyShare({ session, experiments, open }: State, running: UnderWay[], active: number): number {
  const { slots } = session.contract as Partial<Contract>
  const slotCount = typeof slots === 'number' ? slots : Math.max(1, session.machine.gpus)
  const finished = [...experiments.flatMap(e => e.runs), ...[...open.values()].flat()]
  const seconds = finished.reduce((sum, run) => sum + run.seconds, 0)
  const current = running.reduce((sum, run) => sum + run.elapsedSeconds, 0)
  return active > 0 ? Math.min(1, (seconds + current) / (slotCount * active)) : 0
}
