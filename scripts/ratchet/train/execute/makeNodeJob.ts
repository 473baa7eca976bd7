/** What the runner of a node is told of a run: the local runner's job, with the paths and the environment of the node. */
import { randomUUID } from 'node:crypto'
import { posix } from 'node:path'
import type { Engine } from '../../../engines/engine.ts'
import type { Facts } from '../../../engines/facts.ts'
import type { EvaluatorJob } from '../../../engines/local/job.ts'
import type { NodeJob, NodePaths } from '../../../engines/nodeJob.ts'
import { runMarkVariable } from '../../../lib/process/orphans.ts'
import { isInCache } from '../../../program/contract.ts'
import type { RunStarted } from '../../../record/state.ts'
import { nodeSandbox } from '../../sandbox/nodePolicy.ts'
import type { Slot } from '../../session/context.ts'
import { isShared, nodeLinks } from '../../session/nodeFiles.ts'
import { isOwnTrainer } from '../../session/ownTrainer.ts'
import type { TrainContext } from '../context.ts'
import { runEnvironment } from '../environment.ts'
import { evaluatorJob } from '../evaluate/evaluatorJob.ts'
import { type RunPaths, runVariables } from '../runVariables.ts'
import { attemptKey } from './attemptKey.ts'
import { editsOf } from './editsOf.ts'

/** What a scheduler sets of an allocation: it is that of the run's own job, not of the one that found the facts. */
const inherit = [
  'CUDA_VISIBLE_DEVICES',
  'NVIDIA_VISIBLE_DEVICES',
  'ROCR_VISIBLE_DEVICES',
  'HIP_VISIBLE_DEVICES',
  'ZE_AFFINITY_MASK',
  'GPU_DEVICE_ORDINAL',
  'SLURM_*',
  'PMI_*',
  'PMIX_*',
]

/** @param secret private key that the node's runner signs with */
export async function makeNodeJob(
  context: TrainContext,
  engine: Engine,
  started: RunStarted,
  slot: Slot,
  secret: string,
): Promise<NodeJob> {
  const { contract, repository, state, frozen } = context
  const key = attemptKey(context, started)
  const { mark = '' } = started
  const at = engine.pathsAt(slot.index, key)
  const facts = engine.places[slot.index]?.facts ?? null
  if (facts === null) throw new Error(`Place ${slot.index} is ready and has no facts.`)
  const { baseCommit } = state.session
  const isBaseline = started.commit === baseCommit
  const paths = pathsOnNode(at, isBaseline)
  const links = nodeLinks(contract, repository)
  const outside = { ...nodeEnvironment(contract, facts), ...runVariables(context, started, slot, paths) }
  const shared = isShared(contract) ? context.hidden : null
  const isOwn = isOwnTrainer(repository, contract)
  const inside = nodeSandbox(contract, {
    paths: at,
    facts,
    isBaseline,
    env: outside,
    links: Object.values(links),
    isOwn,
    shared,
  })
  return {
    key,
    slot: slot.index,
    edits: await editsOf(repository, baseCommit, started.commit),
    links,
    hide: contract.hide.filter(path => !isInCache(path)),
    sandbox: inside?.sandbox ?? null,
    inherit,
    job: {
      key: secret,
      argv: ['sh', '-c', contract.run],
      cwd: posix.join(at.tree, contract.target),
      env: { ...outside, ...inside?.env, [runMarkVariable]: mark },
      log: posix.join(at.run, 'run.log'),
      exit: at.exit,
      owner: at.owner,
      mark,
      timeoutSeconds: contract.timeout,
      relay: null,
      frozen: { folder: at.tree, hashes: Object.fromEntries(frozen) },
      evaluator: await evaluatorOnNode(context, started, slot, { at, paths, facts, links }),
    },
  }
}

/** The paths of a run as the harness names them, on a node. */
const pathsOnNode = (at: NodePaths, isBaseline: boolean): RunPaths => ({
  run: at.run,
  work: at.work,
  owner: at.owner,
  exit: at.exit,
  given: at.given,
  evaluation: at.evaluationFile,
  evaluator: at.evaluatorOwner,
  output: at.output,
  measured: posix.join(at.measured, randomUUID(), 'eval.json'),
  home: at.home,
  temporary: at.temporary,
  caches: isBaseline ? at.caches.baseline : at.caches.candidates,
})

async function evaluatorOnNode(
  context: TrainContext,
  started: RunStarted,
  slot: Slot,
  { at, paths, facts, links }: { at: NodePaths; paths: RunPaths; facts: Facts; links: Record<string, string> },
): Promise<EvaluatorJob | null> {
  const { evaluation, contract } = context
  if (evaluation === null) return null
  return evaluatorJob(context, started, slot, paths, {
    mark: started.mark ?? '',
    environment: nodeEnvironment(contract, facts),
    log: at.evaluatorLog,
    folder: { folder: at.evaluation, hashes: evaluation.hashes, links },
  })
}

/**
 * Environment of a run on a node, without the variables of the run: of the node's own what training is known to use, and what
 * `env` of program.md names from the harness's shell.
 */
export function nodeEnvironment(
  contract: TrainContext['contract'],
  { env, pythonFolder }: Facts,
): Record<string, string> {
  const own = Object.entries(env).filter(([name]) => !isInherited(name))
  const named = contract.env.flatMap(name =>
    process.env[name] === undefined ? [] : [[name, process.env[name]] as const],
  )
  return runEnvironment(contract, Object.fromEntries([...own, ...named]), pythonFolder)
}

const isInherited = (name: string): boolean =>
  inherit.some(pattern => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern))
