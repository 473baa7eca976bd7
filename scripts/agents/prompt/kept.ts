/** The kept experiments, and the state of the session: head, noise and training summaries. Pure. */
import { gainsOf } from '../../analysis/gains.ts'
import { type MeasuredSigma, sigmaText } from '../../analysis/noise/sigma.ts'
import { experimentName } from '../../record/files/paths.ts'
import type { CurvePoint, Experiment, Run } from '../../record/schema.ts'
import { headOf, meanMetric, sessionMetrics } from '../../record/state.ts'
import type { Section } from './fit.ts'
import type { PromptInput } from './input.ts'
import { dataLine, gainText, shortNumber, valueText } from './text.ts'

/** The kept experiments. Their rows change only with a new keep, so that the service's cache still matches. */
export function keptSection({ state }: PromptInput): Section {
  const { goal } = state.session.metric
  const gains = gainsOf(state.experiments, goal)
  const kept = state.experiments.filter(e => e.status === 'keep' && e.metric !== null)
  const values = kept.map(e => e.metric ?? 0)
  const rows = kept.map(e => {
    const gain = gains.get(e.number) ?? null
    const [value, change] = [e.metric ?? 0, gain === null ? '' : gainText(gain, e.metric ?? 0)]
    const text = [
      experimentName(e.number),
      valueText(value, values),
      change.padEnd(9),
      linesText(e),
      dataLine(e.description),
    ]
    return { text: text.join('  '), gain: gain ?? Number.POSITIVE_INFINITY, number: e.number }
  })
  const order = rows.toSorted((a, b) => b.gain - a.gain)
  return {
    name: 'kept',
    intro:
      rows.length === 0
        ? ''
        : '# Kept experiments, in order: value, gain, lines, change\nThe editable files contain all of these changes.',
    rows: rows.map(row => ({ text: row.text, rank: order.indexOf(row) })),
    fenced: true,
    share: 3000,
    kind: 'steady',
  }
}

const linesText = ({ number, linesAdded, linesRemoved }: Experiment): string =>
  number === 0 || linesAdded === null || linesRemoved === null ? '' : `+${linesAdded}/-${linesRemoved}`

/** The head and its repeats, the noise, and the training summaries of the head and of the last measured experiment. */
export function stateSection(input: PromptInput): Section {
  const { session, experiments } = input.state
  const head = headOf(input.state)
  if (!head) return { ...stateSectionBase, name: 'state' }
  const value = meanMetric(head)
  const baseline = experiments.find(e => e.number === 0)
  const last = lastMeasuredBesideHead(input.state)
  const lines = [
    '# Current state',
    `Head: ${experimentName(head.number)}, ${session.metric.name} ${valueText(value, baseline?.metric ? [meanMetric(baseline)] : [])}${repeats(head)}.`,
    baseline?.metric && head.number > 0 ? `Baseline: ${valueText(meanMetric(baseline), [value])}.` : '',
    noiseText(session.noise ?? null, value, Math.max(0, ...experiments.map(e => e.decision?.pairs?.count ?? 0))),
  ]
  return {
    ...stateSectionBase,
    name: 'state',
    intro: lines.filter(line => line !== '').join('\n'),
    rows: trainingRows(input, last ? [head, last] : [head]).map((text, rank) => ({ text, rank })),
  }
}

const stateSectionBase = { intro: '', rows: [], fenced: true, share: 1800, kind: 'grows' as const }

function repeats(head: Experiment): string {
  const values = sessionMetrics(head)
  return values.length > 1
    ? `, mean of ${values.length} runs (${values
        .slice(-8)
        .map(each => valueText(each, values))
        .join(', ')})`
    : ''
}

/** @param pairs of an experiment; 0 where candidate and head are run apart */
function noiseText(noise: MeasuredSigma | null, value: number, pairs: number): string {
  if (noise === null) return 'Noise between runs: unknown.'
  const { sigma } = noise
  if (sigma === 0) return 'Noise between runs: 0. Repeated runs gave the same value.'
  const size = (gain: number) => gainText(gain, value).replace('+', '')
  if (pairs > 0)
    return `Noise of runs side by side: σ = ${sigmaText(noise)}. The ${pairs} pairs of an experiment distinguish changes above ${size(2 * Math.sqrt(2 / pairs) * sigma)} (2σ√(2/${pairs})) from noise. Smaller gains are kept too but may be chance.`
  return `Noise between runs: σ = ${sigmaText(noise)}. One run distinguishes changes above ${size(2 * Math.SQRT2 * sigma)} (2√2σ) from noise. Smaller gains are kept too but may be chance.`
}

/** The last successful run that the verdict uses. */
const runOf = ({ runs }: Experiment): Run | null =>
  runs.findLast(run => run.outcome === 'ok' && ['baseline', 'candidate', 'repeat'].includes(run.purpose)) ?? null

const MAX_SUMMARY_KEYS = 20

/** The last measured experiment other than the head. */
export const lastMeasuredBesideHead = (state: PromptInput['state']): Experiment | undefined =>
  state.experiments.findLast(e => e.metric !== null && e.number !== headOf(state)?.number)

/** A table of run summaries and loss curves with one column for each experiment, the head first. */
function trainingRows({ curves, state }: PromptInput, columns: Experiment[]): string[] {
  const summaries = columns.map(e => withSpeed(runOf(e)))
  const keys = [...new Set(summaries.flatMap(Object.keys))].filter(key => key !== state.session.metric.name)
  const rows = [
    ['', ...columns.map((e, i) => `${experimentName(e.number)} ${i === 0 ? 'head' : e.status}`)],
    ...keys.slice(0, MAX_SUMMARY_KEYS).map(key => [dataLine(key, 40), ...summaries.map(s => cell(s[key]))]),
    ...curveRows(columns.map(e => curves.get(e.number) ?? [])),
  ]
  if (rows.length === 1) return []
  return rows.map(([label = '', ...cells]) => [label.padEnd(24), ...cells.map(text => text.padStart(14))].join(' '))
}

const cell = (value: number | undefined): string => (value === undefined ? '-' : shortNumber(value))

/** The run's summary, with tokens per second where it can be computed. */
function withSpeed(run: Run | null): Record<string, number> {
  const summary = run?.summary ?? {}
  const { total_tokens_M: millions, training_seconds: seconds } = summary
  return millions && seconds ? { ...summary, tokens_per_second: Math.round((millions * 1e6) / seconds) } : summary
}

/** Mean loss in ten intervals of training time, the same intervals for all curves. */
function curveRows(curves: CurvePoint[][]): string[][] {
  const end = Math.max(...curves.map(points => points.at(-1)?.seconds ?? 0))
  if (end <= 0) return []
  return Array.from({ length: 10 }, (_, i) => {
    const [from, to] = [(i * end) / 10, ((i + 1) * end) / 10]
    const within = curves.map(points => points.filter(({ seconds }) => seconds > from && seconds <= to))
    return [`loss, ${seconds(from)}-${seconds(to)} s`, ...within.map(meanLoss)]
  })
}

const seconds = (value: number): string => shortNumber(Number(value.toPrecision(3)))

const meanLoss = (points: CurvePoint[]): string =>
  points.length === 0 ? '-' : (points.reduce((sum, { loss }) => sum + loss, 0) / points.length).toPrecision(5)
