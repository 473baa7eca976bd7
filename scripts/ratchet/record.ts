/** The record of a verdict: the journal first, then the branch, then the tables, so that nothing is lost in between. */
import { change, metricText, signed } from '../lib/format.ts'
import { experimentName } from '../record/files.ts'
import type { Experiment } from '../record/schema.ts'
import { find, tip } from '../record/state.ts'
import { appendExperiment } from '../record/write.ts'
import { emit, type Night } from './night.ts'

/** An experiment as the loop hands it over: the end and the runs are added here. */
export type Judged = Omit<Experiment, 'endedAt' | 'runs'>

/** Records a verdict and moves the branch when it is a keep. */
export async function record(night: Night, judged: Judged): Promise<Experiment> {
  const before = tip(night.state)
  await emit(night, { event: 'judged', experiment: { ...judged, endedAt: new Date().toISOString() } })
  const experiment = find(night.state, judged.number) as Experiment
  if (experiment.status === 'keep' && before?.commit && experiment.commit)
    await night.repository.git.raw(
      'update-ref',
      `refs/heads/${night.state.session.branch}`,
      experiment.commit,
      before.commit,
    )
  await appendExperiment(night.folder, experiment)
  report(night, experiment)
  return experiment
}

/** The line of a finished experiment: number, verdict, value, change, description. */
function report(
  { terminal, state }: Night,
  { number, status, metric, decision, description, reason, runs }: Experiment,
): void {
  const value = metric === null ? '' : metricText(metric)
  const delta = decision ? signed(change(decision.gain, state.session.metric.goal), 4) : ''
  const told = metric === null && number > 0 ? `${description} (${reason})` : description
  const seconds = runs.reduce((sum, run) => sum + run.seconds, 0)
  terminal.step(
    experimentName(number),
    [status.padEnd(8), value.padEnd(9), delta.padEnd(8), told].join(' '),
    seconds || undefined,
  )
}
