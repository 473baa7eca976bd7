/** Whether the machine changed over a session, by runs of the same tree at different times. Pure. */
import { z } from 'zod'
import { metricText, powerOf, rounded, signed } from '../../lib/format.ts'
import { clockTimes } from '../../lib/time.ts'
import { experimentName } from '../../record/files/paths.ts'
import type { Experiment, Metric, Run } from '../../record/schema.ts'
import { roundingVariance } from '../../stats/noise.ts'
import { type Point, type Trend, trendHalf, trendOf, trendProbability } from '../../stats/trend.ts'
import { deltaDigits } from '../numbers.ts'

export const driftSchema = z.object({
  /**
   * `drift`: it moved one way over the session; `unsteady`: it went up and down from run to run; `gpu`: what the samples of the
   * GPU say, which is no measurement of the runs.
   */
  kind: z.enum(['drift', 'unsteady', 'gpu']),
  of: z.enum(['metric', 'speed', 'sharing', 'slowdown', 'clock']),
  /** The experiment whose runs show it best, by number. */
  experiment: z.number().int().nonnegative(),
  sentence: z.string(),
})
export type Drift = z.infer<typeof driftSchema>

/** Probability that a session without drift is said to drift; each of metric and speed has half of it. */
const ERROR = 0.01
/** A smaller relative change of speed over the session is not worth a word. */
const LEAST_SPEED_CHANGE = 0.05
/** Speeds of the same code that differ by more, after any drift, are unsteady. Machines at rest stay within 2 or 3%. */
const UNSTEADY = 0.1

/** Runs of one tree that were not selected by their value, in order of time. */
interface Tree {
  experiment: Experiment
  runs: Run[]
}

/** What is to be said of the session's machine: at most one drift of the metric and one of the speed, and unsteadiness. */
export function drifts({ metric, experiments }: { metric: Metric; experiments: Experiment[] }): Drift[] {
  const trees = experiments.map(treeOf)
  return [...metricDrift(trees, metric), ...speedChanges(trees)]
}

/** Whether values measured at different times of the session compare badly. */
export const hasDrifted = (drift: Drift[]): boolean => drift.some(({ kind }) => kind === 'drift')

function treeOf(experiment: Experiment): Tree {
  const verdictAt = experiment.endedAt === null ? Number.POSITIVE_INFINITY : Date.parse(experiment.endedAt)
  const runs = experiment.runs.filter(
    ({ outcome, purpose, commit, startedAt }) =>
      outcome === 'ok' &&
      purpose !== 'ablate' &&
      commit === experiment.commit &&
      // A kept candidate was selected for the runs of its verdict, so its later runs are worse on average.
      !(purpose === 'candidate' || (purpose === 'repeat' && Date.parse(startedAt) <= verdictAt)),
  )
  return { experiment, runs: runs.sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt)) }
}

function metricDrift(trees: Tree[], metric: Metric): Drift[] {
  const groups = trees.map(({ runs }) => runs.flatMap(run => point(run, run.metric)))
  const rounding = roundingVariance(groups.map(group => group.map(({ value }) => value)))
  const trend = trendOf(groups, rounding)
  if (!trend || trendProbability(trend) >= ERROR / 2) return []
  const at = longest(groups)
  const { from, to, change, half } = along(groups[at] ?? [], trend)
  const digits = deltaDigits(from)
  const sentence =
    `${nameOf(trees[at])}: ${metric.name} of the same code moved from ${metricText(from, [to])} to ${metricText(to, [from])} over the ` +
    `session, ${signed(change, digits)} ± ${rounded(half, Math.max(digits, half > 0 ? 1 - powerOf(half) : 0))}, by a straight line through its runs.`
  return [{ kind: 'drift', of: 'metric', experiment: trees[at]?.experiment.number ?? 0, sentence }]
}

const units = { num_steps: 'steps/s', total_tokens_M: 'M tokens/s' } as const
type Unit = keyof typeof units

/** In steps where runs count them, else in tokens. */
function speedChanges(trees: Tree[]): Drift[] {
  for (const unit of ['num_steps', 'total_tokens_M'] as const) {
    const groups = trees.map(({ runs }) => runs.flatMap(run => point(run, logSpeed(run, unit))))
    if (!groups.some(group => group.length > 1)) continue
    // A run counts whole steps, so equal speeds may differ by one step.
    const step = unit === 'num_steps' ? 1 / fewestSteps(trees) : 0
    const trend = trendOf(groups, step ** 2 / 12)
    const drift = trend && speedDrift(trees, groups, { trend, step, unit })
    return [...(drift ? [drift] : []), ...unsteady(trees, groups, { trend: drift ? trend : null, step, unit })]
  }
  return []
}

const logSpeed = ({ summary }: Run, unit: Unit): number | null => {
  const [amount = 0, seconds = 0] = [summary[unit], summary.training_seconds]
  return amount > 0 && seconds > 0 ? Math.log(amount / seconds) : null
}

const fewestSteps = (trees: Tree[]): number =>
  Math.min(
    ...trees.flatMap(({ runs }) =>
      runs.length > 1 ? runs.map(run => run.summary.num_steps || Number.POSITIVE_INFINITY) : [],
    ),
  )

function speedDrift(
  trees: Tree[],
  groups: Point[][],
  { trend, step, unit }: { trend: Trend; step: number; unit: Unit },
): Drift | null {
  const at = longest(groups)
  const { from, to, change, half, span } = along(groups[at] ?? [], trend)
  if (span === 0 || trendProbability(trend, step / span) >= ERROR / 2) return null
  if (Math.abs(Math.expm1(change)) < LEAST_SPEED_CHANGE) return null
  const [first, last] = [groups[at]?.[0], groups[at]?.at(-1)].map(point => new Date(point?.time ?? 0).toISOString())
  const [began, ended] = clockTimes(first ?? '', last ?? '')
  const sentence =
    `${nameOf(trees[at])}: the same code ran at ${speed(from)} ${units[unit]} (${began}) and at ${speed(to)} (${ended} UTC), ` +
    `${signed(100 * Math.expm1(change), 1)}% ± ${(100 * Math.exp(change) * half).toFixed(1)}, by a straight line through its runs.`
  return { kind: 'drift', of: 'speed', experiment: trees[at]?.experiment.number ?? 0, sentence }
}

/** The tree whose speeds differ most from run to run, without the drift. */
function unsteady(
  trees: Tree[],
  groups: Point[][],
  { trend, step, unit }: { trend: Trend | null; step: number; unit: Unit },
): Drift[] {
  const ranges = groups.map(group => {
    const rest = group.map(({ time, value }) => value - (trend?.slope ?? 0) * (time - (group[0]?.time ?? 0)))
    return rest.length > 1 ? Math.max(...rest) - Math.min(...rest) : 0
  })
  const widest = Math.max(...ranges)
  if (widest - step <= Math.log1p(UNSTEADY)) return []
  const at = ranges.indexOf(widest)
  const speeds = (groups[at] ?? []).map(({ value }) => value)
  const sentence = `${nameOf(trees[at])}: the speed of the same code varied between ${speed(Math.min(...speeds))} and ${speed(Math.max(...speeds))} ${units[unit]} from run to run.`
  return [{ kind: 'unsteady', of: 'speed', experiment: trees[at]?.experiment.number ?? 0, sentence }]
}

const point = ({ startedAt }: Run, value: number | null): Point[] =>
  value === null ? [] : [{ time: Date.parse(startedAt), value }]

/** Index of the group with the longest time from first to last run. */
function longest(groups: Point[][]): number {
  const spans = groups.map(group => (group.at(-1)?.time ?? 0) - (group[0]?.time ?? 0))
  return spans.indexOf(Math.max(...spans))
}

/** The line through a group from its first time to its last, with half the 95% interval of the change. */
function along(group: Point[], trend: Trend): { from: number; to: number; change: number; half: number; span: number } {
  const span = (group.at(-1)?.time ?? 0) - (group[0]?.time ?? 0)
  const mean = (of: (p: Point) => number) => group.reduce((sum, p) => sum + of(p), 0) / group.length
  const from = mean(p => p.value) - trend.slope * (mean(p => p.time) - (group[0]?.time ?? 0))
  const change = trend.slope * span
  return { from, to: from + change, change, half: trendHalf(trend) * span, span }
}

const speed = (log: number): string => Math.exp(log).toPrecision(3)

const nameOf = (tree: Tree | undefined): string =>
  tree && tree.experiment.number > 0 ? `Experiment ${experimentName(tree.experiment.number)}` : 'The baseline'
