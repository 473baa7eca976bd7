/** Confirm: baseline and tip again on seeds nobody used, in ABBA order, on val and on the holdout the loop never saw. */
import { metricText } from '../lib/format.ts'
import { experimentName } from '../record/files.ts'
import type { Experiment } from '../record/schema.ts'
import { tip } from '../record/state.ts'
import { writeTables } from '../record/write.ts'
import type { Night } from './night.ts'
import { train } from './train.ts'

/** Confirm's seeds begin here, above any that a night uses. */
const firstConfirmSeed = 1001

/**
 * Makes `pairs` more runs of the baseline and of the tip. Nothing is run when nothing was kept.
 * @returns how many pairs were finished
 */
export async function confirm(night: Night, pairs: number): Promise<number> {
  const baseline = night.state.experiments[0]
  const best = tip(night.state)
  if (!baseline || !best || best.number === baseline.number) return 0
  const first = Math.max(firstConfirmSeed - 1, ...[...baseline.runs, ...best.runs].map(run => run.seed)) + 1
  let finished = 0
  for (let pair = 0; pair < pairs && !night.signal.aborted; pair++) {
    // ABBA: a drift of the machine over the pairs falls on both alike.
    const order = pair % 2 === 0 ? [baseline, best] : [best, baseline]
    for (const experiment of order) await confirmRun(night, experiment, first + pair)
    if (!night.signal.aborted) finished++
  }
  await writeTables(night.folder, night.state)
  return finished
}

async function confirmRun(night: Night, experiment: Experiment, seed: number): Promise<void> {
  if (night.signal.aborted) return
  const run = await train(night, {
    experiment: experiment.number,
    commit: experiment.commit ?? '',
    purpose: 'confirm',
    seed,
  })
  const who = experiment.number === 0 ? 'baseline' : `tip ${experimentName(experiment.number)}`
  const held = run.holdout === null ? '' : `, holdout ${metricText(run.holdout)}`
  night.terminal.step(
    'confirm',
    `${who} seed ${seed}  ${run.metric === null ? `${run.outcome}: ${run.why}` : metricText(run.metric)}${held}`,
    run.seconds,
  )
}
