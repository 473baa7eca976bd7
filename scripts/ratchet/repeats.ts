/** Runs that are not experiments: the baseline's other seeds, spread over the night, and the best again against drift. */
import { median } from 'simple-statistics'
import { metricText } from '../lib/format.ts'
import { experimentName } from '../record/files.ts'
import type { Experiment, Run } from '../record/schema.ts'
import { nightValues, type State } from '../record/state.ts'
import { writeTables } from '../record/write.ts'
import { estimateNoise } from '../stats/noise.ts'
import { firstSeed } from './experiment.ts'
import { emit, type Night } from './night.ts'
import { train } from './train.ts'

/** σ of an earlier session of this machine on the same contract. */
export interface EarlierNoise {
  id: string
  sigma: number
  df: number
}

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

/** Runs one more seed of the baseline, if due. */
export async function repeatBaseline(night: Night, planned: number | null, earlier: EarlierNoise[]): Promise<void> {
  const baseline = night.state.experiments[0]
  if (!baseline) return
  const done = night.state.experiments.length - 1
  const made = baseline.runs.filter(run => run.purpose === 'seed').length
  if (made < seedsDue(done, planned, night.contract.seeds)) await repeat(night, baseline, 'seed', earlier)
}

/** Runs the best again when its last run is two hours old. */
export async function checkDrift(night: Night, best: Experiment, earlier: EarlierNoise[]): Promise<void> {
  const last = Math.max(
    ...night.state.experiments
      .flatMap(e => e.runs)
      .filter(run => run.purpose !== 'candidate')
      .map(run => Date.parse(run.startedAt)),
  )
  if (Date.now() - last > driftMs) await repeat(night, best, 'drift', earlier)
}

async function repeat(
  night: Night,
  experiment: Experiment,
  purpose: Run['purpose'],
  earlier: EarlierNoise[],
): Promise<void> {
  const seed =
    Math.max(firstSeed - 1, ...experiment.runs.filter(run => run.purpose !== 'confirm').map(run => run.seed)) + 1
  const run = await train(night, { experiment: experiment.number, commit: experiment.commit ?? '', purpose, seed })
  await updateNoise(night, earlier)
  await writeTables(night.folder, night.state)
  const result = run.metric === null ? `${run.outcome}: ${run.why ?? ''}` : metricText(run.metric)
  const sigma = night.state.session.noise?.sigma
  const noise = sigma === undefined ? '' : `, σ ${sigma.toPrecision(2)}`
  night.terminal.step(experimentName(experiment.number), `${purpose} ${seed}   ${result}${noise}`, run.seconds)
}

/** σ anew from all repeats of a same tree in this night, and what earlier nights of this machine showed. */
async function updateNoise(night: Night, earlier: EarlierNoise[]): Promise<void> {
  const noise = estimateNoise(night.state.experiments.map(nightValues), earlier)
  if (noise) await emit(night, { event: 'noise', noise })
}

/** Median wall time of the finished runs, seconds; what a night's plan reckons with. */
export function runSeconds({ experiments }: State): number | null {
  const seconds = experiments
    .flatMap(e => e.runs)
    .filter(run => run.outcome === 'ok')
    .map(run => run.seconds)
  return seconds.length > 0 ? median(seconds) : null
}
