/** The baseline: the target as it is. It starts the session; without it there is none. */
import { Failure } from '../../lib/errors.ts'
import { files } from '../../record/files.ts'
import type { Experiment } from '../../record/schema.ts'
import { findExperiment } from '../../record/state.ts'
import { failed, firstSeed, memoryOf } from '../judge.ts'
import { record } from '../record.ts'
import type { BaselineContext } from './context.ts'
import { train } from './train.ts'

/**
 * Runs the baseline, unless that was done before an interruption.
 * @throws {Failure} when it does not run: no candidate could be compared with anything
 */
export async function runBaseline(context: BaselineContext): Promise<Experiment> {
  const known = findExperiment(context.state, 0)
  if (known && known.status !== 'aborted') return known.status === 'keep' ? known : refuseToStart(context, known)
  const { state, repository } = context
  const commit = state.session.baseCommit
  const startedAt = new Date().toISOString()
  const finished = (state.open.get(0) ?? []).find(run => run.outcome !== 'aborted')
  const run = finished ?? (await train(context, { experiment: 0, commit, purpose: 'baseline', seed: firstSeed }))
  const tree = await repository.git.raw('rev-parse', `${commit}^{tree}`)
  const kept = {
    status: 'keep' as const,
    reason: 'The baseline.',
    metric: run.metric,
    memoryMb: memoryOf(run),
    decision: null,
  }
  context.tried.set(tree, 0)
  const experiment = await record(context, {
    number: 0,
    description: 'baseline',
    hypothesis: null,
    agent: { use: null, model: null, seconds: 0, tokens: null, costUsd: null },
    proseHash: state.session.proseHash,
    bold: false,
    fixes: 0,
    madeFrom: null,
    parent: null,
    commit,
    tree,
    linesAdded: 0,
    linesRemoved: 0,
    startedAt,
    ...(run.metric === null ? failed(run) : kept),
  })
  return experiment.status === 'keep' || experiment.status === 'aborted'
    ? experiment
    : refuseToStart(context, experiment)
}

function refuseToStart(context: Pick<BaselineContext, 'contract' | 'folder'>, { runs, reason }: Experiment): never {
  const { contract, folder } = context
  const last = runs.at(-1)
  throw new Failure(
    `The baseline did not run: ${last?.why ?? reason}`,
    `Make \`${contract.run}\` work by hand in ${contract.target}/ first. Its log is ${files.log(folder, 0, last?.k ?? 1)}.`,
  )
}
