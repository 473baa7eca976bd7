/** When to ask for a larger step. Pure. */
import type { Contract } from '../../program/contract.ts'
import type { State } from '../../record/state.ts'

/** Number of experiments since the last keep; the baseline counts as a keep. */
export function experimentsSinceKeep({ experiments }: Pick<State, 'experiments'>): number {
  const lastKeep = experiments.findLastIndex(e => e.status === 'keep')
  return Math.max(0, experiments.length - 1 - Math.max(0, lastKeep))
}

/** Whether to ask for a larger step, of a kind that was not tried. */
export const isBold = (state: Pick<State, 'experiments'>, { boldAfter }: Pick<Contract, 'boldAfter'>): boolean =>
  experimentsSinceKeep(state) >= boldAfter
