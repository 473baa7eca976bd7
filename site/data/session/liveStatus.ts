/** The live status of a session, in sentences. The server of `pnpm site --serve` passes it to the pages. */
import { forecastLines } from '../../../scripts/analysis/forecast/words.ts'
import { pRealText } from '../../../scripts/analysis/labels.ts'
import { briefDelta } from '../../../scripts/analysis/numbers.ts'
import { outageText } from '../../../scripts/analysis/outages.ts'
import { duration, percent } from '../../../scripts/lib/format.ts'
import { costLeftText, type Remaining } from '../../../scripts/status/remaining.ts'
import type { Status as State } from '../../../scripts/status/status.ts'
import type { UnderWay } from '../../../scripts/status/underWay.ts'
import type { Series } from '../../figures/loss/curve.ts'
import { cut } from '../../figures/text.ts'
import { lossGap, lossReading } from '../experiment/loss.ts'
import type { View } from '../view.ts'
import { clockText, countText, countWord } from '../words.ts'

/** A session that is running, was interrupted, or waits for its report. */
export interface LiveSession {
  view: View
  state: State
  /** Loss of the current run and of the best; empty without a curve. */
  loss: Series[]
}

/** What one slot does: "Experiment 43 trains", the run's clock in seconds, the change: "MATRIX_LR to 0.06". */
export interface SlotLine {
  doing: string
  /** `budget`: seconds of training; null where several runs share it. */
  clock: { elapsed: number; budget: number | null } | null
  what: string | null
}

export function slotLines({ view, state }: LiveSession): SlotLine[] {
  const still = (doing: string, what: string | null = null) => [{ doing, clock: null, what }]
  const { stop, endedAt } = view.session
  if (stop) return still(`Ended${endedAt ? ` at ${clockText(endedAt)} UTC` : ''}`, cut(stop.detail, 200))
  if (state.resume && state.running.length === 0)
    return still(state.state === 'paused' ? 'Paused, goes on with' : 'Interrupted, goes on with', state.resume)
  if (state.running.length > 0) return state.running.map(run => runLine(run, state.running.length > 1))
  if (state.waiting > 0) return still('Between two runs', `${countText(state.waiting, 'candidate')} made ready`)
  return still('Between two runs', `${cut(state.agent.agent, 40)} is thinking`)
}

function runLine(run: UnderWay, isOneOfMany: boolean): SlotLine {
  const { pair } = run
  const what = pair ? `, pair ${pair.number} of ${pair.of} beside the head` : (purposes[run.purpose] ?? '')
  const where = run.node === null ? '' : ` on ${cut(run.node, 40)}`
  const doing = `Experiment ${run.experiment} ${run.waits ? 'waits for its start' : `trains${where}`}${what}`
  return {
    doing: isOneOfMany ? `Slot ${run.slot}: ${doing}` : doing,
    clock: run.waits ? null : { elapsed: run.elapsedSeconds, budget: pair ? null : run.budgetSeconds },
    what: run.description === null ? null : cut(run.description, 160),
  }
}

/** Added for runs with another purpose than a candidate's first run. */
const purposes: Record<string, string> = {
  baseline: ', the baseline',
  seed: ' again, to measure the noise',
  repeat: ' again',
  drift: ' again, to see whether the machine drifts',
  confirm: ' again, to confirm the gain',
  ablate: ' without it, to see what it adds',
  origin: ' without the inherited changes, to see what they add',
  adopt: ' in an adopted branch or beside it',
}

/** The session's progress, a string per paragraph. */
export const progressSentences = ({ view, state }: LiveSession, now = new Date()): string[] => [
  `${bestText(view, state)} ${tallyText(view, state)}`.trim(),
  ...state.outages.filter(o => o.endedAt === null).map(outage => downText(outage, now)),
  ...state.gpuFindings,
]

/** What remains by each stop rule: "Left: 2 h 10 min until 07:00; 31 of 50 experiments, about 3 h 01 min." */
export const leftSentence = ({ state: { left } }: LiveSession): string | null =>
  left.length === 0 ? null : `Left: ${left.map(leftText).join('; ')}.`

/** What the whole session will take; empty in confirm. */
export const forecastSentence = ({ state: { forecast } }: LiveSession): string | null =>
  forecast === null ? null : `Forecast: ${forecastLines(forecast).join('; ')}.`

function bestText({ session: { metric } }: View, { head, gain, baseline }: State): string {
  if (!head || gain === null || baseline === null) return `No ${metric.name} has been measured yet.`
  if (head.experiment === 0) return 'The baseline is the best so far.'
  const pReal = head.pReal === null ? '' : `, P(real) ${pRealText(head.pReal)}`
  return `Best so far: ${briefDelta(gain, metric, baseline)} in ${metric.name} by experiment ${head.experiment}${pReal}.`
}

/** e.g. "The baseline and 42 experiments: seven kept, 33 discarded, two failed; 11.8 an hour, runs filled 96% of the time." */
function tallyText({ counts }: View, state: State): string {
  if (state.experiments === 0) return ''
  const failed = (counts.crash ?? 0) + (counts.timeout ?? 0)
  const parts = [
    `${countWord(state.kept)} kept`,
    ...(counts.discard ? [`${countWord(counts.discard)} discarded`] : []),
    ...(failed > 0 ? [`${countWord(failed)} failed`] : []),
  ]
  const rate = state.experimentsPerHour === null ? '' : `${Number(state.experimentsPerHour.toPrecision(3))} an hour, `
  const busy = `runs filled ${percent(state.busy)} of the time`
  return `The baseline and ${countText(state.experiments, 'experiment')}: ${parts.join(', ')}; ${rate}${busy}.`
}

function leftText(remaining: Remaining): string {
  const { rule, limit, left, seconds } = remaining
  const about = seconds === null ? '' : `, about ${duration(seconds)}`
  if (rule === 'until') return `${duration(left)} until ${limit}`
  if (rule === 'hours') return `${duration(left)} of ${limit} h`
  if (rule === 'experiments') return `${left} of ${limit} experiments${about}`
  if (rule === 'patience') return `${left} of ${limit} experiments without a keep${about}`
  if (rule === 'cost_usd') return costLeftText(remaining)
  return `${left.toPrecision(3)} to the target ${limit}`
}

function downText(outage: State['outages'][number], now: Date): string {
  const { retryInSeconds } = outage
  const again = retryInSeconds === null ? '' : ` Next retry in ${duration(retryInSeconds)}.`
  return `${outageText(outage, now)}.${again}`
}

/** The caption of the current run's loss curve. */
export function liveLossCaption(series: Series[]): string {
  const [mine, other] = [series.find(s => s.main), series.find(s => !s.main)]
  const last = mine?.points.at(-1)
  if (!mine || !last) return ''
  if (!other) return `${last.loss.toPrecision(4)} after ${Math.round(last.seconds)} s. ${lossReading}`
  const { at, side, steps } = lossGap(mine, other)
  return `After ${at} the smoothed loss is ${side} that of the best so far${steps}. ${lossReading}`
}
