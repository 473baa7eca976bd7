/** What stands: the kept stack, the best with its noise, and how it trains. Pure. */

import { gainsOf } from '../../analysis/gains.ts'
import { experimentName } from '../../record/files.ts'
import type { CurvePoint, Experiment, Run } from '../../record/schema.ts'
import { headOf, meanMetric, sessionMetrics } from '../../record/state.ts'
import type { Section } from './fit.ts'
import type { PromptInput } from './input.ts'
import { dataLine, gainText, shortNumber, valueText } from './text.ts'

/** The stack changes with a keep alone, so its rows hold nothing that changes more often. */
export function keptSection({ state }: PromptInput): Section {
  const { goal } = state.session.metric
  const gains = gainsOf(state.experiments, goal)
  const kept = state.experiments.filter(e => e.status === 'keep' && e.metric !== null)
  const rows = kept.map(e => {
    const gain = gains.get(e.number) ?? null
    const [value, change] = [e.metric ?? 0, gain === null ? '' : gainText(gain, e.metric ?? 0)]
    const text = [experimentName(e.number), valueText(value), change.padEnd(9), linesText(e), dataLine(e.description)]
    return { text: text.join('  '), gain: gain ?? Number.POSITIVE_INFINITY, number: e.number }
  })
  const order = rows.toSorted((a, b) => b.gain - a.gain)
  return {
    name: 'kept',
    intro:
      rows.length === 0
        ? ''
        : '# Kept so far, in order: value, gain, lines, change\nThe editable files hold all of these together.',
    rows: rows.map(row => ({ text: row.text, rank: order.indexOf(row) })),
    fenced: true,
    share: 3000,
    kind: 'steady',
  }
}

const linesText = ({ number, linesAdded, linesRemoved }: Experiment): string =>
  number === 0 || linesAdded === null || linesRemoved === null ? '' : `+${linesAdded}/-${linesRemoved}`

/** Where the session stands: the best, its repeats, what one run can show, and how the best and the last run trained. */
export function stateSection(input: PromptInput): Section {
  const { session, experiments } = input.state
  const head = headOf(input.state)
  if (!head) return { ...stateSectionBase, name: 'standing' }
  const sigma = session.noise?.sigma ?? null
  const value = meanMetric(head)
  const baseline = experiments.find(e => e.number === 0)
  const last = lastMeasuredBesideHead(input.state)
  const lines = [
    '# Where it stands',
    `The best is ${experimentName(head.number)}: ${session.metric.name} ${valueText(value)}${repeats(head)}.`,
    baseline?.metric && head.number > 0 ? `The baseline was ${valueText(meanMetric(baseline))}.` : '',
    noiseText(sigma, value),
  ]
  return {
    ...stateSectionBase,
    name: 'standing',
    intro: lines.filter(line => line !== '').join('\n'),
    rows: trainingRows(input, last ? [head, last] : [head]).map((text, rank) => ({ text, rank })),
  }
}

const stateSectionBase = { intro: '', rows: [], fenced: true, share: 1800, kind: 'grows' as const }

function repeats(head: Experiment): string {
  const values = sessionMetrics(head)
  return values.length > 1 ? `, the mean of ${values.length} runs (${values.slice(-8).map(valueText).join(', ')})` : ''
}

function noiseText(sigma: number | null, value: number): string {
  if (sigma === null) return 'The noise between seeds is not known yet.'
  if (sigma === 0) return 'Runs of a same tree agree to the last digit: every difference is real.'
  const size = (gain: number) => gainText(gain, value).replace('+', '')
  return `Noise between seeds: σ = ${size(sigma)}. One run shows changes above ${size(2 * Math.SQRT2 * sigma)} (2σ√2); a smaller gain may be luck, and is kept all the same.`
}

/** The run of an experiment that its verdict rests on. */
const runOf = ({ runs }: Experiment): Run | null =>
  runs.findLast(run => run.outcome === 'ok' && ['baseline', 'candidate', 'repeat'].includes(run.purpose)) ?? null

/** More keys of a summary than this are not shown. */
const MAX_SUMMARY_KEYS = 20

/** The last experiment that was measured, unless it is the best. */
export const lastMeasuredBesideHead = (state: PromptInput['state']): Experiment | undefined =>
  state.experiments.findLast(e => e.metric !== null && e.number !== headOf(state)?.number)

/** Two columns: the best, and the last that was measured. */
function trainingRows({ curves, state }: PromptInput, columns: Experiment[]): string[] {
  const summaries = columns.map(e => withSpeed(runOf(e)))
  const keys = [...new Set(summaries.flatMap(Object.keys))].filter(key => key !== state.session.metric.name)
  const rows = [
    ['', ...columns.map((e, i) => `${experimentName(e.number)} ${i === 0 ? 'best' : e.status}`)],
    ...keys.slice(0, MAX_SUMMARY_KEYS).map(key => [dataLine(key, 40), ...summaries.map(s => cell(s[key]))]),
    ...curveRows(columns.map(e => curves.get(e.number) ?? [])),
  ]
  if (rows.length === 1) return []
  return rows.map(([label = '', ...cells]) => [label.padEnd(24), ...cells.map(text => text.padStart(14))].join(' '))
}

const cell = (value: number | undefined): string => (value === undefined ? '-' : shortNumber(value))

/** The summary, and tokens a second where it has what that takes. */
function withSpeed(run: Run | null): Record<string, number> {
  const summary = run?.summary ?? {}
  const { total_tokens_M: millions, training_seconds: seconds } = summary
  return millions && seconds ? { ...summary, tokens_per_second: Math.round((millions * 1e6) / seconds) } : summary
}

/** Mean loss of each tenth of the longer curve's seconds, so that both are compared at the same time. */
function curveRows(curves: CurvePoint[][]): string[][] {
  const end = Math.max(...curves.map(points => points.at(-1)?.seconds ?? 0))
  if (end <= 0) return []
  return Array.from({ length: 10 }, (_, i) => {
    const [from, to] = [(i * end) / 10, ((i + 1) * end) / 10]
    const within = curves.map(points => points.filter(({ seconds }) => seconds > from && seconds <= to))
    return [`loss until ${shortNumber(Number(to.toPrecision(3)))} s`, ...within.map(meanLoss)]
  })
}

const meanLoss = (points: CurvePoint[]): string =>
  points.length === 0 ? '-' : (points.reduce((sum, { loss }) => sum + loss, 0) / points.length).toPrecision(5)
