/** The live line of a run: experiment, elapsed time and budget, head. */
import { duration, metricText } from '../../lib/format.ts'
import { experimentName } from '../../record/files/paths.ts'
import { purposeText } from '../../record/purposes.ts'
import { headOf, meanMetric, type RunStarted } from '../../record/state.ts'
import { pairUnderWay } from '../pairs.ts'
import type { TrainContext } from './context.ts'

/** Redraws the line every 0.5 s. @returns the timer to clear */
export function showProgress(
  { state, terminal, contract, slots }: Pick<TrainContext, 'state' | 'terminal' | 'contract' | 'slots'>,
  { experiment, purpose, slot }: RunStarted,
): NodeJS.Timeout {
  const start = performance.now()
  const pair = pairUnderWay(state, experiment)
  const name = [
    experimentName(experiment),
    pair ? ` pair ${pair.number} of ${pair.of}${purpose === 'opponent' ? ', the head' : ''}` : '',
    pair || purpose === 'candidate' ? '' : ` ${purposeText(purpose)}`,
  ].join('')
  const usual = pair ? state.experiments[0]?.runs[0]?.seconds : undefined
  const allowed =
    usual === undefined ? `${duration(contract.budget)} plus start-up and evaluation` : `about ${duration(usual)}`
  return setInterval(() => {
    // With several slots, the line shows the run of the first busy slot.
    if (slots.length > 1 && slot !== Math.min(...[...state.running.values()].map(run => run.slot))) return
    const head = headOf(state)
    const value = head && (head.replicates ? head.metric : meanMetric(head))
    const headText = head && value != null ? `  head ${metricText(value)} (${experimentName(head.number)})` : ''
    const others = state.running.size > 1 ? ` and ${state.running.size - 1} more` : ''
    const elapsed = duration((performance.now() - start) / 1000)
    terminal.live(`${'train'.padEnd(9)} ${name}${others}  ${elapsed} / ${allowed}${headText}`)
  }, 500)
}
