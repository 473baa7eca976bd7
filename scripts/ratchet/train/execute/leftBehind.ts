/** Runs that an engine has lost with the place they ran on, until they are made again. */
import { isLeftBehind, type RunInProgress, type State } from '../../../record/state.ts'
import type { RunOrder } from '../../runOrder.ts'

/**
 * A lost run that this one continues: of the same experiment with the same purpose and seed. A candidate that was rebased
 * meanwhile, or whose plan has changed, continues what its earlier code has lost, so that its record tells of it.
 */
export function leftBehind(state: Pick<State, 'running' | 'pending'>, order: RunOrder): RunInProgress | undefined {
  const left = [...state.running.values()].filter(run => isLeftBehind(run) && run.experiment === order.experiment)
  const same = left.find(run => run.purpose === order.purpose && run.seed === order.seed)
  return same ?? (state.pending.has(order.experiment) ? left[0] : undefined)
}
