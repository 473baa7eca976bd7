/** Confirm: baseline and head again on seeds nobody used, in ABBA order, on val and on the holdout the loop never saw. */
import { confirmedBetween, confirmPairs, noiseOf } from '../../analysis/confirmed.ts'
import { change, metricText, signed } from '../../lib/format.ts'
import { experimentName } from '../../record/files.ts'
import type { Experiment } from '../../record/schema.ts'
import { headOf } from '../../record/state.ts'
import { writeTables } from '../../record/write.ts'
import { type Confirmed, pairsOf } from '../../stats/confirm.ts'
import { extraPairs } from '../../stats/sequential.ts'
import { emit } from '../session/context.ts'
import { runSeconds } from '../train/repeats.ts'
import { train } from '../train/train.ts'
import type { ConfirmContext } from './context.ts'

/** Confirm's seeds begin here, above any that the loop uses. */
const firstConfirmSeed = 1001
/** Report, records and the like, seconds. */
const closingSeconds = 30

/**
 * Makes `pairs` more runs of the baseline and of the head, then up to as many again while they leave it undecided and
 * time allows. Nothing is run when nothing was kept. Every comparison is recorded as a look.
 *
 * @param timeLeft seconds until everything must be done, asked before each extra pair
 * @returns how many pairs were finished
 */
export async function confirm(
  context: ConfirmContext,
  pairs: number,
  timeLeft: () => number = () => Number.POSITIVE_INFINITY,
): Promise<number> {
  const baseline = context.state.experiments[0]
  const head = headOf(context.state)
  if (!baseline || !head || head.number === baseline.number) return 0
  // What an interrupted confirm left may have been read in a report.
  await look(context, baseline, head)
  const before = seedsOf(head).length
  let finished = 0
  while (finished < pairs && (await runPair(context, baseline, head, finished))) finished++
  let found = await look(context, baseline, head)
  const enough = () => isDecided(found, baseline, head) || context.interrupt.finish.aborted
  for (let extra = extraPairs(pairs, before); finished >= pairs && extra > 0 && !enough(); extra--) {
    if (timeLeft() < 2 * (runSeconds(context.state) ?? 0) + closingSeconds) break
    if (!(await runPair(context, baseline, head, finished))) break
    finished++
    found = await look(context, baseline, head)
  }
  await writeTables(context.folder, context.state)
  return finished
}

/** Seeds of an experiment's confirm runs that gave a metric. */
export const seedsOf = (experiment: Experiment): number[] =>
  experiment.runs.flatMap(run => (run.purpose === 'confirm' && run.metric !== null ? [run.seed] : []))

/** One pair on the next seed that nobody used. @returns whether it was finished before Ctrl-C */
async function runPair(
  context: ConfirmContext,
  baseline: Experiment,
  head: Experiment,
  index: number,
): Promise<boolean> {
  const seed = Math.max(firstConfirmSeed - 1, ...[...baseline.runs, ...head.runs].map(run => run.seed)) + 1
  // ABBA: a drift of the machine over the pairs falls on both alike.
  const order = index % 2 === 0 ? [baseline, head] : [head, baseline]
  for (const experiment of order) {
    if (context.interrupt.now.aborted) return false
    await confirmRun(context, experiment, seed)
  }
  return !context.interrupt.now.aborted
}

async function confirmRun(context: ConfirmContext, experiment: Experiment, seed: number): Promise<void> {
  const run = await train(context, {
    experiment: experiment.number,
    commit: experiment.commit ?? '',
    purpose: 'confirm',
    seed,
  })
  const who = experiment.number === 0 ? 'baseline' : `head ${experimentName(experiment.number)}`
  const held = run.holdout === null ? '' : `, holdout ${metricText(run.holdout)}`
  context.terminal.step(
    'confirm',
    `${who} seed ${seed}  ${run.metric === null ? `${run.outcome}: ${run.why}` : metricText(run.metric)}${held}`,
    run.seconds,
  )
}

/** Compares what there is, and records the look when there is more than at the last one. */
async function look(context: ConfirmContext, baseline: Experiment, head: Experiment): Promise<Confirmed | null> {
  const { session, experiments } = context.state
  const found = confirmedBetween(baseline, head, session.metric.goal, noiseOf(session, experiments))
  const pairs = pairsOf(confirmPairs(baseline, head, 'metric'))
  const last = head.looks?.findLast(look => look.purpose === 'confirm' && look.head === head.number)?.pairs ?? 0
  if (!found || pairs <= last) return found
  const { number, commit } = head
  await emit(context, {
    event: 'look',
    experiment: number,
    look: { purpose: 'confirm', head: number, commit, pairs, why: null },
  })
  const gain = signed(change(found.gain, session.metric.goal), 4)
  const half = ((found.interval[1] - found.interval[0]) / 2).toFixed(4)
  context.terminal.step('confirm', `${found.verdict} by ${gain} ± ${half} on ${found.seeds} seeds, look ${found.looks}`)
  return found
}

/** Whether another pair could tell nothing more: decided, equal to the last digit, or one of the two does not run. */
function isDecided(found: Confirmed | null, baseline: Experiment, head: Experiment): boolean {
  if (found === null) return seedsOf(baseline).length === 0 || seedsOf(head).length === 0
  return found.verdict !== 'inconclusive' || found.interval[0] === found.interval[1]
}
