/** What each experiment gained over the best it was judged against. Pure. */
import { change } from '../lib/format.ts'
import type { Experiment, Metric } from '../record/schema.ts'

/**
 * By number, positive is better: as the decision has it, else against its parent's metric, else against the last keep
 * before it, which is what a ledger without decisions was judged by. null for the baseline and what was not measured.
 *
 * @param experiments in the order of their verdicts
 */
export function gainsOf(experiments: Experiment[], goal: Metric['goal']): Map<number, number | null> {
  const values = new Map(experiments.map(e => [e.number, e.metric]))
  let best: number | null = null
  const gains = new Map<number, number | null>()
  for (const { number, metric, decision, parent, status } of experiments) {
    const against = decision?.head ?? (parent && values.get(parent.number)) ?? best
    const measured = number > 0 && metric !== null && against !== null
    gains.set(number, decision?.gain ?? (measured ? change(metric - against, goal) + 0 : null))
    if (status === 'keep' && metric !== null) best = metric
  }
  return gains
}
