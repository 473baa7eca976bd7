/** The gain of each experiment over the head that it was judged against. Pure. */
import { change } from '../lib/format.ts'
import type { Experiment, Metric } from '../record/schema.ts'

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
