/** Figures as mermaid charts, which GitHub draws. Pure. */

import type { Digest } from '../../analysis/schema.ts'
import type { Knob } from '../../analysis/search/knob.ts'
import { scores } from '../../analysis/search/knobShape.ts'
import { change, decimals } from '../../lib/format.ts'
import type { Experiment, Metric } from '../../record/schema.ts'

/** Points of the line: more cannot be told apart in GitHub's column. */
const MAX_POINTS = 60
/** Bars whose numbers can be read below them. */
const MAX_BARS = 25

/**
 * "xychart-beta" of the best so far over experiments; null with less than two measured.
 * They are in the order of their verdicts, which with several slots is not that of their numbers.
 * The points are evenly spaced, as such a chart wants them; each shows the best at its place exactly.
 */
export function frontierChart(experiments: Experiment[], { name, goal }: Metric): string | null {
  const best = bestSoFar(experiments)
  if (best.length < 2) return null
  const last = best.length - 1
  const points = Math.min(best.length, MAX_POINTS)
  const line = Array.from({ length: points }, (_, i) => best[Math.round((i * last) / (points - 1))] as number)
  const title = `Best ${label(name)} so far (${better(goal)})`
  return chart({ title, xAxis: `"experiment" 0 --> ${last}`, yLabel: label(name), kind: 'line', values: line })
}

/** What each kept change added, a bar a change; of many the largest, in the order of the session. Null with none. */
export function keptChart(kept: Digest['kept'], { name, goal }: Metric): string | null {
  const largest = new Set([...kept].sort((a, b) => b.gain - a.gain).slice(0, MAX_BARS))
  const shown = kept.filter(k => largest.has(k))
  if (shown.length === 0) return null
  const xAxis = `"experiment" [${shown.map(k => `"${k.experiment}"`).join(', ')}]`
  const title = `What each kept change added to ${label(name)} (${better(goal)})`
  return chart({
    title,
    xAxis,
    yLabel: 'change',
    kind: 'bar',
    values: shown.map(k => change(k.gain, goal)),
    includeZero: true,
  })
}

/** What a constant's values are worth against the first; null without two. */
export function knobChart(knob: Knob, { name, goal }: Metric): string | null {
  const points = scores(knob.tries).sort((a, b) => a.value - b.value)
  if (points.length < 2) return null
  const xAxis = `"${label(knob.name)}" [${points.map(p => `"${label(p.raw)}"`).join(', ')}]`
  const title = `Change of ${label(name)} by ${label(knob.name)} (${better(goal)})`
  return chart({
    title,
    xAxis,
    yLabel: 'change',
    kind: 'line',
    values: points.map(p => change(p.score, goal)),
    includeZero: true,
  })
}

interface Chart {
  title: string
  xAxis: string
  yLabel: string
  kind: 'line' | 'bar'
  values: number[]
  /** Whether nothing must be on the scale. */
  includeZero?: boolean
}

function chart({ title, xAxis, yLabel, kind, values, includeZero = false }: Chart): string {
  const all = includeZero ? [0, ...values] : values
  const [low, high] = [Math.min(...all), Math.max(...all)]
  const pad = (high - low || Math.abs(high) || 1) * 0.05
  const text = (value: number) =>
    value.toFixed(Math.max(decimals(value), value === 0 ? 0 : 1 - Math.floor(Math.log10(Math.abs(value)))))
  return [
    'xychart-beta',
    `    title "${title}"`,
    `    x-axis ${xAxis}`,
    `    y-axis "${yLabel}" ${text(low - pad)} --> ${text(high + pad)}`,
    `    ${kind} [${values.map(text).join(', ')}]`,
  ].join('\n')
}

const better = (goal: Metric['goal']): string => `${goal === 'minimize' ? 'lower' : 'higher'} is better`

/** In the order of the verdicts; before the first measured one there is no best, and the line begins there. */
function bestSoFar(experiments: Experiment[]): number[] {
  let best: number | null = null
  const all: number[] = []
  for (const { number, status, metric } of experiments) {
    if (metric !== null && (status === 'keep' || number === 0)) best = metric
    if (best !== null) all.push(best)
  }
  return all
}

/** A name in quotes: a metric may be called anything. */
const label = (name: string): string => name.replace(/[^\w .%/-]/g, '').slice(0, 60) || 'metric'
