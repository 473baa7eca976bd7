/** One run: executed here or by the session's engine, then measured and recorded. */
import type { Run } from '../../record/schema.ts'
import { findExperiment, type RunStarted } from '../../record/state.ts'
import type { RunOrder } from '../runOrder.ts'
import type { Slot } from '../session/context.ts'
import type { TrainContext } from './context.ts'
import { executeElsewhere, recoverElsewhere } from './execute/elsewhere.ts'
import { executeHere, recoverHere } from './execute/here.ts'
import { finishRun } from './finishRun.ts'

export type { RunOrder } from '../runOrder.ts'

/**
 * Executes and records one run. A failed run is a result; only a failure of the machine or the harness throws.
 * @param slot by default the first; on an engine any whose place is ready, and another one where that is lost
 * @throws {PlaceLost} when the place of the given slot is lost
 */
export async function train(context: TrainContext, order: RunOrder, slot?: Slot): Promise<Run> {
  const chooseK = () => nextRun(context, order.experiment)
  const executed =
    context.engine === null
      ? await executeHere(context, order, chooseK, slot)
      : await executeElsewhere(context, context.engine, order, chooseK, slot)
  return finishRun(context, executed)
}

/**
 * Recovers a run that an earlier harness left: waits for it while it executes, then reads its result. Returns null when there
 * is no result that its runner signed; the run is then made again.
 */
export async function recoverRun(context: TrainContext, started: RunStarted): Promise<Run | null> {
  const executed =
    context.engine === null
      ? await recoverHere(context, started)
      : await recoverElsewhere(context, context.engine, started)
  return executed === null ? null : finishRun(context, executed)
}

/** Number of the experiment's next run, counted from 1, runs under way included. */
function nextRun({ state }: Pick<TrainContext, 'state'>, experiment: number): number {
  const judged = findExperiment(state, experiment)?.runs ?? state.open.get(experiment) ?? []
  const finished = [...judged, ...(state.adoptRuns.get(experiment) ?? [])]
  const underWay = [...state.running.values()].filter(run => run.experiment === experiment)
  return Math.max(0, ...finished.map(run => run.k), ...underWay.map(run => run.k)) + 1
}
