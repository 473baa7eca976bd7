/** The live line of a run: experiment, elapsed / budget, head. */
import { duration, metricText } from '../../lib/format.ts'
import { experimentName } from '../../record/files.ts'
import { headOf, meanMetric, type RunStarted } from '../../record/state.ts'
import type { TrainContext } from './context.ts'

/** Redraws the line until the timer is cleared. */
export function showProgress(
  { state, terminal, contract, slots }: Pick<TrainContext, 'state' | 'terminal' | 'contract' | 'slots'>,
  { experiment, purpose, slot }: RunStarted,
): NodeJS.Timeout {
  const start = performance.now()
  const name = purpose === 'candidate' ? experimentName(experiment) : `${experimentName(experiment)} ${purpose}`
  return setInterval(() => {
    // With several slots one line cannot show them all; the first that runs speaks.
    if (slots.length > 1 && slot !== Math.min(...[...state.running.values()].map(run => run.slot))) return
    const head = headOf(state)
    const bestText = head ? `  best ${metricText(meanMetric(head))} (${experimentName(head.number)})` : ''
    const others = state.running.size > 1 ? ` and ${state.running.size - 1} more` : ''
    const elapsed = duration((performance.now() - start) / 1000)
    terminal.live(
      `${'train'.padEnd(9)} ${name}${others}  ${elapsed} / ${duration(contract.budget)} and evaluation${bestText}`,
    )
  }, 500)
}
