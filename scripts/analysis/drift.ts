/** Detects drift: runs of the same tree that changed over the session, because the machine did. */
import { mean } from 'simple-statistics'
import { metricText, signed } from '../lib/format.ts'
import { experimentName } from '../record/files.ts'
import type { Experiment, Metric, Noise, Run } from '../record/schema.ts'
import { deltaDigits, percentChange, twoDigits } from './numbers.ts'

/** A difference beyond this many standard deviations is drift. Noise alone exceeds three once in 370. */
const DRIFT_SIGMAS = 3
/** A larger relative change of speed is drift. A smaller one is usual between a cold and a warm machine. */
const SPEED_TOLERANCE = 0.05

interface Measured {
  metric: Metric
  experiments: Experiment[]
  noise: Noise | null
}

/** One sentence for each tree whose metric or speed changed. */
export function drifts({ metric, experiments, noise }: Measured): string[] {
  return experiments.flatMap(experiment => {
    const runs = experiment.runs
      .filter(run => run.outcome === 'ok' && run.purpose !== 'ablate' && run.purpose !== 'opponent')
      .sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt))
    const who = experiment.number === 0 ? 'The baseline' : `Experiment ${experimentName(experiment.number)}`
    return [metricMove(runs, metric, noise), speedMove(runs)].flatMap(what => (what ? [`${who}: ${what}`] : []))
  })
}

function metricMove(all: Run[], { name }: Metric, noise: Noise | null): string | null {
  // A kept candidate's first run was selected for its value, so its later runs are worse on average.
  const runs = all.filter(run => run.purpose !== 'candidate' && run.purpose !== 'repeat')
  const values = runs.flatMap(run => (run.metric === null ? [] : [run.metric]))
  if (noise === null || values.length < 2) return null
  const half = Math.floor(values.length / 2)
  const [early, late] = [values.slice(0, half), values.slice(half)]
  const moved = mean(late) - mean(early)
  const allowed = DRIFT_SIGMAS * noise.sigma * Math.sqrt(1 / early.length + 1 / late.length)
  if (Math.abs(moved) <= allowed) return null
  const [from, to] = [metricText(mean(early)), metricText(mean(late))]
  const digits = deltaDigits(mean(early))
  return `${name} of the same code moved from ${from} to ${to} over the session, ${signed(moved, digits)}; noise explains ${twoDigits(allowed)}.`
}

function speedMove(runs: Run[]): string | null {
  for (const unit of ['num_steps', 'total_tokens_M'] as const) {
    const speeds = runs.flatMap(({ summary, startedAt }) => {
      const { training_seconds: seconds } = summary
      const amount = summary[unit]
      return seconds && amount && seconds > 0 && amount > 0 ? [{ speed: amount / seconds, startedAt }] : []
    })
    const [first] = speeds
    if (!first || speeds.length < 2) continue
    const off = ({ speed }: { speed: number }) => Math.abs(speed / first.speed - 1)
    const furthest = speeds.reduce((a, b) => (off(b) > off(a) ? b : a))
    if (off(furthest) <= SPEED_TOLERANCE) return null
    const per = unit === 'num_steps' ? 'steps/s' : 'M tokens/s'
    const [from, to] = [first.speed, furthest.speed].map(speed => speed.toPrecision(3))
    const at = furthest.startedAt.slice(11, 16)
    return `the same code ran at ${from} ${per} first and at ${to} at ${at} UTC, ${percentChange(furthest.speed / first.speed - 1)}.`
  }
  return null
}
