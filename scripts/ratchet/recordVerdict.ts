/** Records a verdict in this order: journal, branch, tables, the user's hook. The later two can be restored from the journal. */
import { verdictWord } from '../analysis/replicated.ts'
import { change, metricText, signed } from '../lib/format.ts'
import { GitFailure } from '../lib/git/failure.ts'
import { setRef } from '../lib/git/git.ts'
import { failpoint } from '../lib/process/failpoint.ts'
import { experimentName } from '../record/files/paths.ts'
import type { Experiment, OwnExperiment } from '../record/schema.ts'
import { findExperiment, headOf } from '../record/state.ts'
import { appendExperiment } from '../record/write.ts'
import type { RecordContext } from './context.ts'
import { tellVerdict } from './hooks/tell.ts'
import { emit } from './session/context.ts'
import { putBranch } from './session/refs.ts'

/** A judged experiment; `endedAt` and `runs` are added when it is recorded. */
export type JudgedExperiment = Omit<OwnExperiment, 'endedAt' | 'runs'>

/** Records a verdict, and moves the branch to the experiment's commit when it is a keep. */
export async function recordVerdict(context: RecordContext, judged: JudgedExperiment): Promise<Experiment> {
  const head = headOf(context.state)
  await emit(context, { event: 'judged', experiment: { ...judged, endedAt: new Date().toISOString() } })
  const experiment = findExperiment(context.state, judged.number) as Experiment
  failpoint('judged')
  if (experiment.status === 'keep' && head?.commit && experiment.commit)
    await moveBranch(context, head.commit, experiment.commit)
  failpoint('branch moved')
  await appendExperiment(context.folder, context.state, experiment)
  failpoint('tables written')
  printVerdict(context, experiment)
  await tellVerdict(context, experiment)
  return experiment
}

/** Moves the branch on; when it is not at `from`, something else moved it, which is told. */
async function moveBranch(context: RecordContext, from: string, to: string): Promise<void> {
  const { repository, state } = context
  await setRef(repository.git, `refs/heads/${state.session.branch}`, to, from).catch((error: unknown) => {
    if (!(error instanceof GitFailure)) throw error
    return putBranch(context, true)
  })
}

/** Prints the line of a finished experiment: number, verdict, metric, Δ, description. */
function printVerdict({ terminal, state }: Pick<RecordContext, 'terminal' | 'state'>, experiment: Experiment): void {
  const { number, metric, decision, description, reason, runs } = experiment
  const verdict = verdictWord(state.session, state.experiments, experiment)
  const value = metric === null ? '' : metricText(metric, decision ? [decision.head] : [])
  const delta = decision ? signed(change(decision.gain, state.session.metric.goal), 4) : ''
  const numbers = metric === null ? '' : `${value.padEnd(9)} ${delta.padEnd(8)} `
  const head = `${verdict.padEnd(state.session.replication === undefined ? 8 : 13)} ${numbers}`
  // "Crash: exit code 1: no.": the verdict stands before it.
  const why = reason.replace(/^[A-Z][a-z]+: /, '').replace(/\.$/, '')
  const text = metric === null ? `${description} (${why})` : description
  const seconds = runs.reduce((sum, run) => sum + run.seconds, 0)
  terminal.step(experimentName(number), head + text, seconds || undefined, {
    verdict,
    hang: head.length,
  })
}
