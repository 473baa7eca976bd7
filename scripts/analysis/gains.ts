/** The gain of each experiment over the head that it was judged against. Pure. */
import { change } from '../lib/format.ts'
import type { Experiment, Metric } from '../record/schema.ts'
import { meanMetric, sessionMetrics } from '../record/state.ts'
import type { Measured } from '../stats/chance.ts'

/**
 * Gains by experiment number, positive is better: the decision's gain; without a decision, the gain over the parent's
 * metric; without a parent, over the last keep before it. null for the baseline and for experiments without a metric.
 *
 * @param experiments in the order of their verdicts
 */
export function gainsOf(experiments: Experiment[], goal: Metric['goal']): Map<number, number | null> {
  const values = new Map(experiments.map(e => [e.number, e.metric]))
  let head: number | null = null
  const gains = new Map<number, number | null>()
  for (const { number, metric, decision, parent, status } of experiments) {
    const against = decision?.head ?? (parent && values.get(parent.number)) ?? head
    const measured = number > 0 && metric !== null && against !== null
    gains.set(number, decision?.gain ?? (measured ? change(metric - against, goal) + 0 : null))
    if (status === 'keep' && metric !== null) head = metric
  }
  return gains
}

/** An experiment's tree with all runs that the loop made of it. */
interface Tree {
  number: number
  value: number
  runs: number
}

/**
 * What P(real) rests on: for each keep and discard with a metric, in order, the mean of all runs of its tree so far
 * against the mean of all runs of the head that it was made on, its parent. Repeats after the verdict count on both sides.
 * Without a parent, as in a collected table, the head is the last keep before it.
 *
 * @param experiments in the order of their verdicts
 */
export function measuredGains(experiments: Experiment[], goal: Metric['goal']): Measured[] {
  const trees = new Map(experiments.map(e => [e.number, treeOf(e)]))
  let last: Tree | null = null
  return experiments.flatMap((e): Measured[] => {
    const own = treeOf(e)
    const head = (e.parent && trees.get(e.parent.number)) ?? last
    if (e.status === 'keep' && own !== null) last = own
    // An unknown status does not say which head came next.
    if (e.number === 0 || own === null || (e.status !== 'keep' && e.status !== 'discard')) return []
    const judged = { number: e.number, kept: e.status === 'keep' }
    if (head === null) return []
    const gainOver = (tree: Tree, value: number) => change(value - tree.value, goal) + 0
    const against = ({ number, runs }: Tree) => ({ number, runs })
    const earlier = runsBeforeRebase(e).flatMap(({ metric, startedAt }) => {
      const old = headAt(experiments, trees, startedAt)
      return old ? [{ gain: gainOver(old, metric), head: against(old) }] : []
    })
    return [{ ...judged, gain: gainOver(head, own.value), runs: own.runs, head: against(head), earlier }]
  })
}

/** Runs of a candidate on earlier heads, before it was rebased: their commits are others. */
const runsBeforeRebase = ({ runs, commit }: Experiment) =>
  runs.flatMap(({ purpose, commit: other, metric, startedAt }) =>
    (purpose === 'candidate' || purpose === 'repeat') && other !== commit && metric !== null
      ? [{ metric, startedAt }]
      : [],
  )

/** The head at a time; a candidate's run begins on the head of that time. */
function headAt(experiments: Experiment[], trees: Map<number, Tree | null>, time: string): Tree | null {
  const head = experiments.findLast(
    ({ status, endedAt, number }) => status === 'keep' && endedAt !== null && endedAt <= time && trees.get(number),
  )
  return (head && trees.get(head.number)) ?? null
}

/** null without a metric; a collected experiment without runs counts as one run. */
function treeOf(experiment: Experiment): Tree | null {
  const { number, metric } = experiment
  const runs = sessionMetrics(experiment).length
  if (runs > 0) return { number, value: meanMetric(experiment), runs }
  return metric === null ? null : { number, value: metric, runs: 1 }
}
