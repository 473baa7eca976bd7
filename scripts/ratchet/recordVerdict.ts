/** Records a verdict in this order: journal, branch, tables. The later two can be restored from the journal. */
import { command } from '../lib/command.ts'
import { Failure } from '../lib/errors.ts'
import { change, metricText, signed } from '../lib/format.ts'
import { setRef } from '../lib/git/git.ts'
import { failpoint } from '../lib/process/failpoint.ts'
import { experimentName } from '../record/files.ts'
import type { Experiment, OwnExperiment } from '../record/schema.ts'
import { findExperiment, headOf } from '../record/state.ts'
import { appendExperiment } from '../record/write.ts'
import type { RecordContext } from './context.ts'
import { emit } from './session/context.ts'

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
  await appendExperiment(context.folder, experiment)
  failpoint('tables written')
  printVerdict(context, experiment)
  return experiment
}

/** @throws {Failure} when the branch is no longer at `from` */
async function moveBranch(
  { repository, state }: Pick<RecordContext, 'repository' | 'state'>,
  from: string,
  to: string,
): Promise<void> {
  const { branch, id } = state.session
  await setRef(repository.git, `refs/heads/${branch}`, to, from).catch((cause: unknown) => {
    throw new Failure(
      `The branch ${branch} is not where this session left it.`,
      `Put it back with \`git update-ref refs/heads/${branch} ${to}\`, then \`${command(`session resume ${id}`)}\`.`,
      { cause },
    )
  })
}

/** Prints the line of a finished experiment: number, verdict, metric, Δ, description. */
function printVerdict(
  { terminal, state }: Pick<RecordContext, 'terminal' | 'state'>,
  { number, status, metric, decision, description, reason, runs }: Experiment,
): void {
  const value = metric === null ? '' : metricText(metric, decision ? [decision.head] : [])
  const delta = decision ? signed(change(decision.gain, state.session.metric.goal), 4) : ''
  const numbers = metric === null ? '' : `${value.padEnd(9)} ${delta.padEnd(8)} `
  const head = `${status.padEnd(8)} ${numbers}`
  // "Crash: exit code 1: no.": the verdict stands before it.
  const why = reason.replace(/^[A-Z][a-z]+: /, '').replace(/\.$/, '')
  const text = metric === null ? `${description} (${why})` : description
  const seconds = runs.reduce((sum, run) => sum + run.seconds, 0)
  terminal.step(experimentName(number), head + text, seconds || undefined, {
    verdict: status,
    hang: head.length,
  })
}
