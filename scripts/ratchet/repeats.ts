/**
 * Runs that are not experiments: the baseline's other seeds, spread over the night; the best again, against drift and
 * when everything fails; and, when no candidate is ready, more runs of what is kept, so that no slot idles.
 */
import { median } from 'simple-statistics'
import { metricText } from '../lib/format.ts'
import { experimentName } from '../record/files.ts'
import type { Experiment, Run } from '../record/schema.ts'
import { nightValues, type State, tip } from '../record/state.ts'
import { writeTables } from '../record/write.ts'
import { type EarlierNoise, estimateNoise } from '../stats/noise.ts'
import { firstSeed } from './judge.ts'
import { emit, type Night, type Slot } from './night.ts'
import { type RunOrder, train } from './train.ts'

/** Time after which the best is run again, milliseconds. */
const driftMs = 2 * 3600 * 1000

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

/** The repeat that is due now, if any: a seed of the baseline, or the best when its last repeat is two hours old. */
export function dueRepeat({ state, contract }: Night, planned: number | null): RunOrder | null {
  const baseline = state.experiments[0]
  const best = tip(state)
  if (!baseline || !best) return null
  const underWay = [...state.running.values()].filter(run => run.purpose !== 'candidate')
  if (underWay.length > 0) return null
  const made = baseline.runs.filter(run => run.purpose === 'seed').length
  if (made < seedsDue(state.experiments.length - 1, planned, contract.seeds)) return again(state, baseline, 'seed')
  return Date.now() - lastRepeat(state) > driftMs ? again(state, best, 'drift') : null
}

/** What a slot with nothing else to do repeats: of the kept the one with the fewest runs, a later one first. */
export function idleRepeat({ state }: Night): RunOrder | null {
  const kept = state.experiments.filter(e => e.status === 'keep').reverse()
  const least = kept.sort((a, b) => a.runs.length - b.runs.length)[0]
  return least ? again(state, least, 'repeat') : null
}

/** The best again, on a seed that its tree has not had. */
export const checkRun = ({ state }: Night): RunOrder => again(state, tip(state) as Experiment, 'repeat')

/** Makes a repeat: σ is estimated anew and the tables are written, as an older experiment has got another run. */
export async function repeat(night: Night, order: RunOrder, slot: Slot, earlier: EarlierNoise[]): Promise<Run> {
  const run = await train(night, order, slot)
  await night.judge(async () => {
    const noise = estimateNoise(night.state.experiments.map(nightValues), earlier)
    if (noise && run.outcome === 'ok') await emit(night, { event: 'noise', noise })
    await writeTables(night.folder, night.state)
  })
  const result = run.metric === null ? `${run.outcome}: ${run.why ?? ''}` : metricText(run.metric)
  const sigma = night.state.session.noise?.sigma
  const noise = sigma === undefined ? '' : `, σ ${sigma.toPrecision(2)}`
  night.terminal.step(
    experimentName(order.experiment),
    `${order.purpose} ${order.seed}   ${result}${noise}`,
    run.seconds,
  )
  return run
}

function again(state: State, { number, commit, runs }: Experiment, purpose: Run['purpose']): RunOrder {
  const underWay = [...state.running.values()].filter(run => run.experiment === number)
  const used = [...runs.filter(run => run.purpose !== 'confirm' && run.purpose !== 'ablate'), ...underWay].map(
    run => run.seed,
  )
  return { experiment: number, commit: commit ?? '', purpose, seed: Math.max(firstSeed - 1, ...used) + 1 }
}

const lastRepeat = ({ experiments }: State): number =>
  Math.max(
    ...experiments.flatMap(e =>
      e.runs.filter(run => run.purpose !== 'candidate').map(run => Date.parse(run.startedAt)),
    ),
  )

/** Median wall time of the finished runs, seconds; what a night's plan reckons with. */
export function runSeconds({ experiments }: State): number | null {
  const seconds = experiments
    .flatMap(e => e.runs)
    .filter(run => run.outcome === 'ok')
    .map(run => run.seconds)
  return seconds.length > 0 ? median(seconds) : null
}
