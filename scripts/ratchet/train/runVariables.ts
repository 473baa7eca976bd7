/** What a run is given: the paths of its files, and the variables of its environment that name them. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { socketNumber } from '../../engines/local/job.ts'
import { experimentName, files } from '../../record/files/paths.ts'
import type { Run } from '../../record/schema.ts'
import type { RunStarted } from '../../record/state.ts'
import { firstSeed } from '../runOrder.ts'
import { cachesOfRun } from '../sandbox/caches.ts'
import type { Slot } from '../session/context.ts'
import type { TrainContext } from './context.ts'
import { evaluatorFolder } from './evaluate/folder.ts'

export type RunPaths = ReturnType<typeof runPaths>

/**
 * Paths of a run: its record in the session's folder; its owner, exit, evaluation and folders in `.nightshift/`, and what it
 * leaves for an evaluator. `measured` is what the evaluator writes: no run is told it, and it differs at each call.
 */
export function runPaths(
  context: Pick<TrainContext, 'work' | 'folder' | 'state'>,
  { experiment, k, commit }: Pick<RunStarted, 'experiment' | 'k' | 'commit'>,
) {
  const name = `${experimentName(experiment)}-${k}`
  const work = join(context.work, `run-${name}`)
  const at = (name: string) => join(work, `${name}.json`)
  return {
    run: files.run(context.folder, experiment, k),
    work,
    owner: at('owner'),
    exit: at('exit'),
    /** A run writes there; in a sandbox not to the files beside it. */
    given: join(work, 'given'),
    evaluation: join(work, 'given/eval.json'),
    evaluator: at('evaluator'),
    output: join(context.work, `output-${name}`),
    measured: join(evaluatorFolder(context.work), randomUUID(), 'eval.json'),
    /** Its own in a sandbox. */
    home: join(work, 'home'),
    temporary: join(work, 'tmp'),
    caches: cachesOfRun(context.work, commit === context.state.session.baseCommit),
  }
}

export function runVariables(
  { contract }: Pick<TrainContext, 'contract'>,
  { seed, purpose }: Pick<RunStarted, 'seed' | 'purpose'>,
  { gpu }: Slot,
  paths: RunPaths,
): Record<string, string> {
  const withHoldout = measuresHoldout({ purpose, seed }) && contract.metric.holdout !== null
  return {
    NIGHTSHIFT_SEED: String(seed),
    NIGHTSHIFT_BUDGET_S: String(contract.budget),
    NIGHTSHIFT_SPLITS: withHoldout ? 'val,holdout' : 'val',
    NIGHTSHIFT_CURVE: join(paths.run, 'curve.csv'),
    // Where an evaluator measures, the run has nothing to say.
    ...(contract.evaluate === null ? { NIGHTSHIFT_EVAL: paths.evaluation } : evaluatorVariables(contract, paths)),
    ...(gpu === null ? {} : { CUDA_VISIBLE_DEVICES: gpu }),
  }
}

/**
 * Confirm alone, with the original baseline beside it: each further use of the holdout makes it less independent, and an
 * ablation is judged by val. The first run of the original baseline stands beside the baseline's.
 */
export const measuresHoldout = ({ purpose, seed }: Pick<Run, 'purpose' | 'seed'>): boolean =>
  purpose === 'confirm' || (purpose === 'origin' && seed !== firstSeed)

/** The variables by which a run reaches its evaluator: a socket, or a folder. Both processes get them. */
function evaluatorVariables(
  { evaluate }: Pick<TrainContext['contract'], 'evaluate'>,
  { output }: Pick<RunPaths, 'output'>,
): Record<string, string> {
  if (evaluate === null) return {}
  return evaluate.after === null ? { NIGHTSHIFT_EVALUATOR: String(socketNumber) } : { NIGHTSHIFT_OUTPUT: output }
}
