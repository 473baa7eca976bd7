/**
 * Confirm: runs baseline and final again, each run with another NIGHTSHIFT_SEED, in ABBA order, on val and on the holdout;
 * where the session inherits changes, the original baseline beside them.
 */
import {
  confirmedBetween,
  confirmedSideBySide,
  confirmPairs,
  confirmRunsOf,
  looksAt,
  looksOf,
} from '../../analysis/confirm/confirmed.ts'
import { countConfirmRuns, overBudgetSentence } from '../../analysis/confirm/runs.ts'
import { rerunsEach, runName } from '../../analysis/confirm/seeds.ts'
import { originOf } from '../../analysis/inherited.ts'
import { noiseOf, pairsOfSession } from '../../analysis/noise/noise.ts'
import { plusMinus } from '../../analysis/numbers.ts'
import { metricText } from '../../lib/format.ts'
import { experimentName } from '../../record/files/paths.ts'
import { purposeText } from '../../record/purposes.ts'
import type { Experiment } from '../../record/schema.ts'
import { finalOf, headOf, type State } from '../../record/state.ts'
import { writeTables } from '../../record/write.ts'
import { type Confirmed, pairsOf } from '../../stats/confirm.ts'
import { extraPairs } from '../../stats/sequential.ts'
import { untilResumed } from '../control/pause.ts'
import { medianRunSeconds } from '../plan.ts'
import { returnToHead } from '../prune/prune.ts'
import { emit } from '../session/context.ts'
import { train } from '../train/train.ts'
import type { ConfirmContext } from './context.ts'

/** First seed of confirm, above those of the loop. */
const firstConfirmSeed = 1001
/** Time reserved for the report and the records, seconds. */
const closingSeconds = 30

/**
 * Runs `pairs` more pairs of baseline and final, then up to as many extra pairs while the result is inconclusive and time
 * allows. Runs nothing when the head is the baseline. A pruned head that does not run is replaced by the head. Each
 * comparison is recorded as a look, an interim analysis that the sequential test corrects for.
 *
 * @param timeLeft seconds until the session must end; called before each extra pair
 * @returns number of finished pairs
 */
export async function confirm(
  context: ConfirmContext,
  pairs: number,
  timeLeft: () => number = () => Number.POSITIVE_INFINITY,
): Promise<number> {
  const baseline = context.state.experiments[0]
  await returnToHead(context)
  const head = finalOf(context.state)
  if (!baseline || !head || head.number === baseline.number) return 0
  const call = callsSoFar(head) + 1
  // Runs that an interrupted confirm left may have been compared in a report: they count as a look.
  await compare(context, baseline, Math.max(1, call - 1))
  const before = confirmSeeds(head).length
  let finished = 0
  while (finished < pairs && (await runPair(context, baseline, head))) {
    finished++
    if (await returnToHead(context)) return confirm(context, pairs, timeLeft)
  }
  let found = await compare(context, baseline, call)
  // More runs of a final that is over budget would not confirm it.
  const isDone = () =>
    isDecided(found, baseline, head) || excessOf(context, head) !== null || context.interrupt.finish.aborted
  const runs = sidesOf(context.state, baseline, head).length
  for (let extra = extraPairs(pairs, before); finished >= pairs && extra > 0 && !isDone(); extra--) {
    if (timeLeft() < runs * (medianRunSeconds(context.state) ?? 0) + closingSeconds) break
    if (!(await runPair(context, baseline, head))) break
    finished++
    found = await compare(context, baseline, call)
  }
  await writeTables(context.folder, context.state)
  return finished
}

/** Seeds of the confirm runs of an experiment's commit that have a metric. */
export const confirmSeeds = (experiment: Experiment): number[] =>
  confirmRunsOf(experiment).flatMap(run => (run.metric === null ? [] : [run.seed]))

/** A tree that each round runs once, and the experiment that records its runs. */
interface Side {
  experiment: Experiment
  commit: string
  purpose: 'confirm' | 'origin'
}

/** Baseline and final; first the original baseline, if the session has one that runs. */
function sidesOf({ session, experiments }: State, baseline: Experiment, head: Experiment): Side[] {
  const compared = [baseline, head].map(experiment => ({
    experiment,
    commit: experiment.commit ?? '',
    purpose: 'confirm' as const,
  }))
  const origin = originOf(session, experiments)
  if (!origin?.runs.some(run => run.metric !== null)) return compared
  return [{ experiment: baseline, commit: origin.commit, purpose: 'origin' }, ...compared]
}

/** Runs one pair on the next unused seed, or the missing runs of a pair. @returns false when Ctrl-C ended it */
async function runPair(context: ConfirmContext, baseline: Experiment, head: Experiment): Promise<boolean> {
  const sides = sidesOf(context.state, baseline, head)
  const last = Math.max(firstConfirmSeed - 1, ...[...baseline.runs, ...head.runs].map(run => run.seed))
  const missing = sides.filter(side => !hasRun(side, last))
  const isPart = missing.length > 0 && missing.length < sides.length
  const seed = isPart ? last : last + 1
  // ABBA order: a drift of the machine affects all alike. By the seed, so that it goes on over all calls of confirm.
  const order = (seed - firstConfirmSeed) % 2 === 0 ? sides : sides.toReversed()
  for (const side of order.filter(side => !isPart || missing.includes(side))) {
    await untilResumed(context)
    if (context.interrupt.now.aborted) return false
    await confirmRun(context, side, seed)
  }
  return !context.interrupt.now.aborted
}

/** Whether a run on this seed ended by itself; a kill or a stop may have left the others of its pair. */
const hasRun = ({ experiment, purpose }: Side, seed: number): boolean =>
  experiment.runs.some(run => run.purpose === purpose && run.seed === seed && run.outcome !== 'aborted')

async function confirmRun(context: ConfirmContext, side: Side, seed: number): Promise<void> {
  const { experiment, commit, purpose } = side
  const run = await train(context, { experiment: experiment.number, commit, purpose, seed })
  const name = sideName(context.state, side)
  const holdout = run.holdout === null ? '' : `, holdout ${metricText(run.holdout)}`
  context.terminal.step(
    'confirm',
    `${name} ${runName(context.state.session.seedUse, seed, run.k)}  ${run.metric === null ? `${run.outcome}: ${run.why}` : metricText(run.metric, comparedValues(context))}${holdout}`,
    run.seconds,
  )
}

function sideName(state: State, { experiment, commit, purpose }: Side): string {
  if (purpose === 'origin') return purposeText(purpose)
  if (experiment.number === 0) return 'baseline'
  return commit === headOf(state)?.commit ? `head ${experimentName(experiment.number)}` : 'pruned head'
}

/** Values of baseline and head, which the runs of confirm stand beside. */
const comparedValues = ({ state }: Pick<ConfirmContext, 'state'>): number[] =>
  [state.experiments[0], headOf(state)].flatMap(e => (e?.metric == null ? [] : [e.metric]))

/** Number of calls of confirm that compared this head. */
const callsSoFar = (head: Experiment): number =>
  Math.max(0, ...looksOf(head, 'confirm', head).map(look => look.call ?? 1))

/** How much longer than the baseline the final ran; null where it did not. */
const excessOf = ({ state }: Pick<ConfirmContext, 'state'>, { number, commit }: Experiment) =>
  countConfirmRuns(state.session, state.experiments, { experiment: number, commit }).overBudget

/** Compares the finished pairs, and records a look when there are more than at the last one. */
async function compare(context: ConfirmContext, baseline: Experiment, call: number): Promise<Confirmed | null> {
  const { session, experiments } = context.state
  // Read anew, for the looks that were recorded meanwhile.
  const head = finalOf(context.state)
  if (!head) return null
  const [noise, sideBySide] = [noiseOf(session, experiments), pairsOfSession(session, experiments)]
  const found = confirmedBetween(baseline, head, session.metric.goal, noise, sideBySide)
  const pairs = pairsOf(sideBySide ? confirmedSideBySide(baseline, head) : confirmPairs(baseline, head, 'metric'))
  const last = looksAt(head, 'confirm', head).at(-1) ?? 0
  if (!found || pairs <= last) return found
  const { number, commit } = head
  await emit(context, {
    event: 'look',
    experiment: number,
    look: { purpose: 'confirm', head: number, commit, pairs, why: null, call },
  })
  const overBudget = excessOf(context, head)
  context.terminal.step(
    'confirm',
    overBudget
      ? `not confirmed: ${overBudgetSentence(overBudget)}`
      : `${found.verdict}: ${plusMinus(found, session.metric)} (${rerunsEach(session.seedUse ?? { use: 'unknown' }, found.seeds)})`,
  )
  return found
}

/** Whether more pairs are useless: the test is decided, all values are equal, or one of the two never gave a metric. */
function isDecided(found: Confirmed | null, baseline: Experiment, head: Experiment): boolean {
  if (found === null) return confirmSeeds(baseline).length === 0 || confirmSeeds(head).length === 0
  return found.verdict !== 'inconclusive' || found.interval[0] === found.interval[1]
}
