/**
 * Repeats: runs of code that was run before. The baseline is run on more seeds over the session; the head is run again
 * to measure drift and to check the machine; idle slots run kept experiments again.
 */
import { keptChanges } from '../../analysis/kept.ts'
import { LIKELY_THRESHOLD } from '../../analysis/labels.ts'
import { loopNoise } from '../../analysis/noise/noise.ts'
import { sigmaText } from '../../analysis/noise/sigma.ts'
import { metricText } from '../../lib/format.ts'
import { experimentName } from '../../record/files/paths.ts'
import { isPaired } from '../../record/pairs.ts'
import { isSearch } from '../../record/purposes.ts'
import type { Experiment, Run } from '../../record/schema.ts'
import { findExperiment, headOf, isLeftBehind, type State } from '../../record/state.ts'
import { writeTables } from '../../record/write.ts'
import type { EarlierNoise } from '../../stats/noise.ts'
import { firstSeed } from '../runOrder.ts'
import { emit, type Slot } from '../session/context.ts'
import { openSweeps, waitingMembers } from '../sweeps.ts'
import type { RepeatContext } from './context.ts'
import { type RunOrder, train } from './train.ts'

/** Time without a repeat after which the head is run again, milliseconds. */
const driftIntervalMs = 2 * 3600 * 1000

/**
 * Number of further baseline seeds that are due after `done` experiments. The first comes early, to estimate σ; the rest
 * are spread evenly over the planned experiments, to show drift. Without a plan, one is due every ten experiments. Pure.
 */
export function baselineSeedsDue(done: number, planned: number | null, seeds: number): number {
  const gap = planned === null ? 10 : planned / Math.max(1, seeds - 1)
  let due = 0
  for (let i = 1; i < seeds; i++) if (done >= (i === 1 ? Math.min(2, gap) : Math.floor(i * gap - gap / 2))) due++
  return due
}

/** Repeats that are assigned to slots and have not finished. */
export type AssignedRepeats = ReadonlySet<RunOrder>

/**
 * The repeat that is due: a further seed of the baseline, or the head when the last repeat is two hours old. null when
 * none is due.
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
  const seedRuns = baseline.runs.filter(run => run.purpose === 'seed').length
  const done = state.experiments.length - 1 + waitingMembers(state)
  // A sweep is judged by σ, all its members at once.
  const isAwaited = seedRuns === 0 && contract.seeds > 1 && state.session.noise === null && openSweeps(state).length > 0
  if (isAwaited || seedRuns < baselineSeedsDue(done, planned, contract.seeds))
    return repeatOf(baseline, 'seed', assigned)
  return sinceLast > driftIntervalMs ? repeatOf(head, 'drift', assigned) : null
}

/**
 * The repeat for an idle slot: of the head and the uncertain keeps, the one with the fewest runs; the latest of several.
 */
export function idleRepeat({ state }: Pick<RepeatContext, 'state'>, assigned: AssignedRepeats): RunOrder | null {
  const { session, experiments } = state
  // A run alone says nothing about a gain that pairs measured.
  if (isPaired(session)) return null
  const uncertain = keptChanges({ metric: session.metric, experiments, noise: session.noise }, null)
    .filter(({ pReal }) => pReal === null || pReal < LIKELY_THRESHOLD)
    .map(({ experiment }) => experiment)
  const head = headOf(state)
  const repeatable = experiments.filter(e => e === head || uncertain.includes(e.number)).reverse()
  const runCount = (e: Experiment) =>
    e.runs.filter(run => run.purpose !== 'origin').length +
    [...assigned].filter(order => order.experiment === e.number).length
  const fewest = repeatable.sort((a, b) => runCount(a) - runCount(b))[0]
  return fewest ? repeatOf(fewest, 'repeat', assigned) : null
}

/** A run of the head on a new seed, to check the machine. */
export const headCheck = ({ state }: Pick<RepeatContext, 'state'>, assigned: AssignedRepeats): RunOrder =>
  repeatOf(headOf(state) as Experiment, 'repeat', assigned)

/** A repeat that was lost with the place it ran on, and is to be made again. */
export function lostRepeat({ state }: Pick<RepeatContext, 'state'>, assigned: AssignedRepeats): RunOrder | null {
  const orders = [...assigned]
  const lost = [...state.running.values()].find(
    run =>
      isLeftBehind(run) &&
      ['seed', 'repeat', 'drift'].includes(run.purpose) &&
      !orders.some(order => order.experiment === run.experiment && order.seed === run.seed),
  )
  if (lost === undefined) return null
  const { experiment, commit, purpose, seed } = lost
  return { experiment, commit, purpose, seed }
}

/** Executes a repeat, then updates σ and the tables. */
export async function repeat(
  context: RepeatContext,
  order: RunOrder,
  slot: Slot,
  earlier: EarlierNoise[],
): Promise<Run> {
  const run = await train(context, order, slot)
  await context.judge(async () => {
    const { session, experiments } = context.state
    // In a paired session σ comes from the pairs (judge.ts).
    const noise = isPaired(session) ? null : loopNoise(experiments, earlier)
    if (noise && run.outcome === 'ok') await emit(context, { event: 'noise', noise })
    await writeTables(context.folder, context.state)
  })
  const values = findExperiment(context.state, order.experiment)?.runs.flatMap(r => r.metric ?? [])
  const result = run.metric === null ? `${run.outcome}: ${run.why ?? ''}` : metricText(run.metric, values)
  const { noise } = context.state.session
  const sigma = !noise || isPaired(context.state.session) ? '' : `, σ ${sigmaText(noise)}`
  context.terminal.step(
    experimentName(order.experiment),
    `${repeatName(context, order, run)}   ${result}${sigma}`,
    run.seconds,
  )
  return run
}

/** "seed 2", "drift 3": with the seed where the target reads it, else with the number of the run. */
const repeatName = ({ state }: Pick<RepeatContext, 'state'>, { purpose, seed }: RunOrder, { k }: Run): string =>
  state.session.seedUse?.use === 'read' ? `${purpose} ${seed}` : `${purpose === 'seed' ? 'repeat' : purpose} ${k}`

/** A run of an experiment on a new seed. */
export function repeatOf(
  { number, commit, runs }: Experiment,
  purpose: Run['purpose'],
  assigned: AssignedRepeats,
): RunOrder {
  const made = runs.filter(run => isSearch(run) && run.purpose !== 'opponent')
  const used = [...made, ...[...assigned].filter(order => order.experiment === number)].map(run => run.seed)
  return { experiment: number, commit: commit ?? '', purpose, seed: Math.max(firstSeed - 1, ...used) + 1 }
}

/** Milliseconds since the last recorded repeat, by the system clock; used once at the start, because that clock may change. */
export function msSinceLastRepeat({ experiments }: State, now: number): number {
  const runs = experiments
    .flatMap(e => e.runs)
    .filter(run => !['candidate', 'opponent', 'origin'].includes(run.purpose))
  const last = Math.max(...runs.map(run => Date.parse(run.startedAt)))
  return Math.min(driftIntervalMs, Math.max(0, now - last))
}
