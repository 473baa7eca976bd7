/**
 * Runs that are not experiments: the baseline's other seeds, spread over the session; the head again, against drift and
 * when everything fails; and, when no candidate is ready, more runs of what is kept, so that no slot idles.
 */
import { median } from 'simple-statistics'
import { keptChanges } from '../../analysis/kept.ts'
import { LIKELY_THRESHOLD } from '../../analysis/labels.ts'
import { metricText } from '../../lib/format.ts'
import { experimentName } from '../../record/files.ts'
import type { Experiment, Run } from '../../record/schema.ts'
import { headOf, type State, sessionMetrics } from '../../record/state.ts'
import { writeTables } from '../../record/write.ts'
import { type EarlierNoise, estimateNoise } from '../../stats/noise.ts'
import { firstSeed } from '../judge.ts'
import { emit, type Slot } from '../session/context.ts'
import type { RepeatContext } from './context.ts'
import { type RunOrder, train } from './train.ts'

/** Time after which the head is run again, milliseconds. */
const driftIntervalMs = 2 * 3600 * 1000

/**
 * Which of the baseline's other seeds are due after so many experiments: the second early, so that there is a σ to
 * judge by, the rest evenly over the planned ones, so that drift shows. Pure. Without a plan, one every ten.
 */
export function seedsDue(done: number, planned: number | null, seeds: number): number {
  const gap = planned === null ? 10 : planned / Math.max(1, seeds - 1)
  let due = 0
  for (let i = 1; i < seeds; i++) if (done >= (i === 1 ? Math.min(2, gap) : Math.floor(i * gap - gap / 2))) due++
  return due
}

/** Repeats that a slot has been given and that are not finished: what they repeat, and on which seed. */
export type AssignedRepeats = ReadonlySet<RunOrder>

/**
 * The repeat that is due now, if any: a seed of the baseline, or the head when its last repeat is two hours old.
 * @param sinceLast milliseconds since the last repeat
 */
export function dueRepeat(
  { state, contract }: Pick<RepeatContext, 'state' | 'contract'>,
  planned: number | null,
  assigned: AssignedRepeats,
  sinceLast: number,
): RunOrder | null {
  const baseline = state.experiments[0]
  const head = headOf(state)
  if (!baseline || !head || assigned.size > 0) return null
  const made = baseline.runs.filter(run => run.purpose === 'seed').length
  if (made < seedsDue(state.experiments.length - 1, planned, contract.seeds))
    return repeatOf(baseline, 'seed', assigned)
  return sinceLast > driftIntervalMs ? repeatOf(head, 'drift', assigned) : null
}

/**
 * What a slot with nothing else to do repeats: the head, or a keep whose gain is in doubt; of these the one with the
 * fewest runs, a later one first.
 */
export function idleRepeat({ state }: Pick<RepeatContext, 'state'>, assigned: AssignedRepeats): RunOrder | null {
  const { session, experiments } = state
  const doubtful = keptChanges({ metric: session.metric, experiments, noise: session.noise }, null)
    .filter(({ pReal }) => pReal === null || pReal < LIKELY_THRESHOLD)
    .map(({ experiment }) => experiment)
  const head = headOf(state)
  const worth = experiments.filter(e => e === head || doubtful.includes(e.number)).reverse()
  const count = (e: Experiment) => e.runs.length + [...assigned].filter(order => order.experiment === e.number).length
  const least = worth.sort((a, b) => count(a) - count(b))[0]
  return least ? repeatOf(least, 'repeat', assigned) : null
}

/** The head again, on a seed that its tree has not had. */
export const checkRun = ({ state }: Pick<RepeatContext, 'state'>, assigned: AssignedRepeats): RunOrder =>
  repeatOf(headOf(state) as Experiment, 'repeat', assigned)

/** Makes a repeat: σ is estimated anew and the tables are written, as an older experiment has got another run. */
export async function repeat(
  context: RepeatContext,
  order: RunOrder,
  slot: Slot,
  earlier: EarlierNoise[],
): Promise<Run> {
  const run = await train(context, order, slot)
  await context.judge(async () => {
    const noise = estimateNoise(context.state.experiments.map(sessionMetrics), earlier)
    if (noise && run.outcome === 'ok') await emit(context, { event: 'noise', noise })
    await writeTables(context.folder, context.state)
  })
  const result = run.metric === null ? `${run.outcome}: ${run.why ?? ''}` : metricText(run.metric)
  const sigma = context.state.session.noise?.sigma
  const noise = sigma === undefined ? '' : `, σ ${sigma.toPrecision(2)}`
  context.terminal.step(
    experimentName(order.experiment),
    `${order.purpose} ${order.seed}   ${result}${noise}`,
    run.seconds,
  )
  return run
}

function repeatOf({ number, commit, runs }: Experiment, purpose: Run['purpose'], assigned: AssignedRepeats): RunOrder {
  const made = runs.filter(run => run.purpose !== 'confirm' && run.purpose !== 'ablate')
  const used = [...made, ...[...assigned].filter(order => order.experiment === number)].map(run => run.seed)
  return { experiment: number, commit: commit ?? '', purpose, seed: Math.max(firstSeed - 1, ...used) + 1 }
}

/** Milliseconds since the last repeat by its record; asked once a harness, as the clock it was written by may jump. */
export function sinceLastRepeat({ experiments }: State, now: number): number {
  const runs = experiments.flatMap(e => e.runs).filter(run => run.purpose !== 'candidate')
  const last = Math.max(...runs.map(run => Date.parse(run.startedAt)))
  return Math.min(driftIntervalMs, Math.max(0, now - last))
}

/** Median wall time of the finished runs, seconds; what a session's plan reckons with. */
export function runSeconds({ experiments }: State): number | null {
  const seconds = experiments
    .flatMap(e => e.runs)
    .filter(run => run.outcome === 'ok')
    .map(run => run.seconds)
  return seconds.length > 0 ? median(seconds) : null
}
