/** What a runner is told of the evaluator of a run. */
import { join } from 'node:path'
import { type EvaluatorJob, evaluatorMark } from '../../../engines/local/job.ts'
import { runMarkVariable } from '../../../lib/process/orphans.ts'
import { files } from '../../../record/files/paths.ts'
import type { RunStarted } from '../../../record/state.ts'
import type { Slot } from '../../session/context.ts'
import type { TrainContext } from '../context.ts'
import { runEnvironment } from '../environment.ts'
import { type RunPaths, runVariables } from '../runVariables.ts'
import { machineSecret } from './secret.ts'

/** Seconds that an evaluator which was connected to a run has after it. */
const servedSeconds = 60

/** What an evaluator is given, beside what runs get. */
const ofEvaluator = {
  // What it would write beside its files would be found there before the next run.
  PYTHONDONTWRITEBYTECODE: '1',
}

/** Seconds that a run's evaluator may take after it; 0 without one. */
export function secondsAfter({ evaluate, timeout }: TrainContext['contract']): number {
  if (evaluate === null) return 0
  return evaluate.after === null ? servedSeconds : timeout
}

/** What differs where the run executes elsewhere. */
export interface EvaluatorPlace {
  /** NIGHTSHIFT_RUN of the run. */
  mark: string
  /** As runs get it. */
  environment: Record<string, string>
  log: string
  /** Its files. */
  folder: EvaluatorJob['frozen']
}

/** Where runs execute on this machine. */
export const evaluatorHere = (
  context: TrainContext,
  { experiment, k }: RunStarted,
  mark: string,
): EvaluatorPlace | null =>
  context.evaluation && {
    mark,
    environment: runEnvironment(context.contract),
    log: files.evaluatorLog(context.folder, experiment, k),
    folder: context.evaluation,
  }

/** null where a run measures itself. */
export async function evaluatorJob(
  context: TrainContext,
  started: RunStarted,
  slot: Slot,
  paths: RunPaths,
  place: EvaluatorPlace | null,
): Promise<EvaluatorJob | null> {
  const { contract } = context
  const { evaluate } = contract
  if (place === null || evaluate === null) return null
  const { mark } = place
  const { folder, hashes, links } = place.folder
  const form = evaluate.after === null ? ('serve' as const) : ('after' as const)
  const { NIGHTSHIFT_CURVE: _, ...variables } = runVariables(context, started, slot, paths)
  return {
    form,
    argv: ['sh', '-c', evaluate.after ?? evaluate.serve ?? ''],
    cwd: join(folder, contract.target),
    env: {
      ...place.environment,
      ...variables,
      ...ofEvaluator,
      NIGHTSHIFT_EVAL: paths.measured,
      NIGHTSHIFT_SECRET: await machineSecret(),
      [runMarkVariable]: evaluatorMark(mark),
    },
    log: place.log,
    file: paths.measured,
    owner: paths.evaluator,
    mark: evaluatorMark(mark),
    seconds: secondsAfter(contract),
    frozen: { folder, hashes, links },
    output: form === 'after' ? paths.output : null,
  }
}
