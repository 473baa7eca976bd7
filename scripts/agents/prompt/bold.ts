/** When small steps have stopped paying. Pure. */
import type { Contract } from '../../program/contract.ts'
import type { State } from '../../record/state.ts'

/** Experiments since the last keep; the baseline counts as kept. */
export function experimentsSinceKeep({ experiments }: Pick<State, 'experiments'>): number {
  const lastKeep = experiments.findLastIndex(e => e.status === 'keep')
  return Math.max(0, experiments.length - 1 - Math.max(0, lastKeep))
}

/** Whether the next proposal is to be a larger step, of a kind that was not tried. */
export const isBold = (state: Pick<State, 'experiments'>, { boldAfter }: Pick<Contract, 'boldAfter'>): boolean =>
  experimentsSinceKeep(state) >= boldAfter
