/** The baseline: the unchanged target. Every session starts with a baseline run. */
import { Failure } from '../../lib/errors.ts'
import { readRegularFile } from '../../lib/files/read.ts'
import { files } from '../../record/files/paths.ts'
import type { Experiment } from '../../record/schema.ts'
import { findExperiment } from '../../record/state.ts'
import { failedVerdict, peakMemoryMb } from '../evaluate.ts'
import { recordVerdict } from '../recordVerdict.ts'
import { firstSeed } from '../runOrder.ts'
import { refusalOf } from '../sandbox/refusal.ts'
import { submoduleNotes } from '../session/submodules.ts'
import { folderText } from '../session/target.ts'
import type { BaselineContext } from './context.ts'
import { missedNotes, missedVariables } from './environment.ts'
import { refusedAdvice } from './measure/refusedBySandbox.ts'
import { train } from './train.ts'

/**
 * Runs the baseline, or returns it when it was run before an interruption.
 * @throws {Failure} when the run gives no metric, because candidates could not be compared with it
 */
export async function runBaseline(context: BaselineContext): Promise<Experiment> {
  const known = findExperiment(context.state, 0)
  if (known && known.status !== 'aborted') return known.status === 'keep' ? known : throwBaselineFailure(context, known)
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
    memoryMb: peakMemoryMb(run),
    decision: null,
  }
  context.tried.set(tree, 0)
  if (run.metric === 0 && context.contract.metric.plausible === null)
    context.terminal.step(
      'note',
      `${context.contract.metric.name} of the unchanged code is exactly 0. If it measured nothing, press Ctrl-C and read ${files.log(context.folder, 0, run.k)}`,
    )
  const experiment = await recordVerdict(context, {
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
    ...(run.metric === null ? failedVerdict(run) : kept),
  })
  return experiment.status === 'keep' || experiment.status === 'aborted'
    ? experiment
    : throwBaselineFailure(context, experiment)
}

async function throwBaselineFailure(context: BaselineContext, { runs, reason, commit }: Experiment): Promise<never> {
  const { contract, folder, repository, state } = context
  const last = runs.at(-1)
  const { program, baseCommit } = state.session
  // Else `evaluate` is null, or the run itself failed.
  const evaluator = /^its evaluator/.test(last?.why ?? '') ? contract.evaluate : null
  const log = (evaluator === null ? files.log : files.evaluatorLog)(folder, 0, last?.k ?? 1)
  const text = (await readRegularFile(log)) ?? ''
  const notes = [
    ...(await submoduleNotes(repository.git, commit ?? baseCommit, program, contract.link)),
    // e.g. `KeyError: 'DATA_ROOT'`
    ...missedNotes(missedVariables(text, contract.env)),
  ]
  // By hand a run whose value is at fault may well seem to work.
  const isValueAtFault = last?.outcome === 'crash' && !/^(?:exit code|SIG)/.test(last.why ?? '')
  const command = evaluator?.after ?? evaluator?.serve
  const exited = last?.outcome === 'crash' && !isValueAtFault && evaluator === null
  const refusal = exited ? await refusalOf(context, text.slice(-20_000)) : null
  const mend = command
    ? `Make \`${command}\` work on what \`${contract.run}\` ${evaluator?.after == null ? 'sends' : 'leaves'}.`
    : refusal !== null
      ? `By hand \`${contract.run}\` may well work. ${refusedAdvice(refusal.refused)}`
      : isValueAtFault
        ? `\`${contract.run}\` exits with 0, so mend what it prints or writes, or program.md.`
        : `Make \`${contract.run}\` work by hand in ${folderText(contract.target)} first.`
  throw new Failure(
    `The baseline run failed: ${last?.why ?? reason}`,
    [
      ...notes.map(note => `Note: ${note}.`),
      mend,
      'Then commit, and start a new session, with another --tag or none.',
      `Its log is ${log}.`,
    ].join(' '),
  )
}
