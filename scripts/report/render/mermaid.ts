/** Figures as mermaid charts, which GitHub draws. Pure. */
import { plusMinus } from '../../analysis/numbers.ts'
import { betterText } from '../../analysis/relative.ts'
import type { Digest } from '../../analysis/schema.ts'
import type { Knob } from '../../analysis/search/knob.ts'
import { scores, stepsOf } from '../../analysis/search/knobShape.ts'
import { change, decimals, powerOf } from '../../lib/format.ts'
import type { Experiment, Metric } from '../../record/schema.ts'
import { bestSoFar } from '../../record/state.ts'

/** Points of a line chart: more are indistinguishable at GitHub's column width. */
const MAX_POINTS = 60
/** Bars of a bar chart: with more the labels overlap. */
const MAX_BARS = 25

/**
 * "xychart-beta" of the best so far over experiments, in verdict order (with several slots not the order of their
 * numbers); null with fewer than two measured experiments. The points are evenly spaced, and each shows the exact best
 * at its position.
 */
export function frontierChart(
  experiments: Experiment[],
  { name, goal }: Metric,
  confirmed: Digest['confirmed'] = null,
): string | null {
  // From the first measured one on.
  const best = bestSoFar(experiments, goal).filter(value => value !== null)
  if (best.length < 2) return null
  const last = best.length - 1
  const points = Math.min(best.length, MAX_POINTS)
  const line = (all: number[]) =>
    Array.from({ length: points }, (_, i) => all[Math.round((i * last) / (points - 1))] as number)
  const reruns = confirmed === null ? '' : `; reruns ${plusMinus(confirmed, { goal })} (95%)`
  const title = `Best ${label(name)} so far (${betterText(goal)})${reruns}`
  const parts = { xAxis: `"experiment" 0 --> ${last}`, yLabel: label(name), kind: 'line' as const, values: line(best) }
  if (!experiments.some(e => e.status === 'unknown' && e.metric !== null)) return chart({ ...parts, title })
  // A second line counts the rows too of which it is not known whether they were kept.
  const counted = experiments.map(e => (e.status === 'unknown' ? { ...e, status: 'keep' as const } : e))
  const all = bestSoFar(counted, goal).filter(value => value !== null)
  return chart({
    ...parts,
    title: `${title}: kept, and with those not known to be`,
    second: line(all.slice(-best.length)),
  })
}

/** A bar for the gain of each kept change, in session order; if there are too many, the largest. Null without any. */
export function keptChart(kept: Digest['kept'], { name, goal }: Metric): string | null {
  const largest = new Set([...kept].sort((a, b) => b.gain - a.gain).slice(0, MAX_BARS))
  const shown = kept.filter(k => largest.has(k))
  if (shown.length === 0) return null
  const xAxis = `"experiment" [${shown.map(k => `"${k.experiment}"`).join(', ')}]`
  const title = `What each kept change added to ${label(name)} (${betterText(goal)})`
  return chart({
    title,
    xAxis,
    yLabel: 'change',
    kind: 'bar',
    values: shown.map(k => change(k.gain, goal)),
    includeZero: true,
  })
}

/** The score of a constant's values relative to the first; null with fewer than two. */
export function knobChart(knob: Knob, { name, goal }: Metric): string | null {
  const points = scores(stepsOf(knob.tries)).sort((a, b) => a.value - b.value)
  if (points.length < 2) return null
  const xAxis = `"${label(knob.id)}" [${points.map(p => `"${label(p.raw)}"`).join(', ')}]`
  const title = `Change of ${label(name)} by ${label(knob.id)} (${betterText(goal)})`
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
  /** Values of a second line. */
  second?: number[]
  /** Whether the y axis includes zero. */
  includeZero?: boolean
}

function chart({ title, xAxis, yLabel, kind, values, second = [], includeZero = false }: Chart): string {
  const all = [...(includeZero ? [0] : []), ...values, ...second]
  const [low, high] = [Math.min(...all), Math.max(...all)]
  const pad = (high - low || Math.abs(high) || 1) * 0.05
  // The room above and below does not cross zero: a metric without negative values may not have any.
  const [bottom, top] = [
    low >= 0 && !includeZero ? Math.max(0, low - pad) : low - pad,
    high <= 0 ? Math.min(0, high + pad) : high + pad,
  ]
  // mermaid knows no exponents. A hundredth of the range is about a pixel.
  const places = pad > 0 ? 2 - powerOf(pad) : 0
  const text = (value: number) => value.toFixed(Math.min(100, Math.max(decimals(value), places)))
  return [
    // Half as high as by default, so that the text below is on the first screen.
    '---',
    'config:',
    '  xyChart:',
    '    width: 900',
    '    height: 300',
    '    yAxis:',
    '      labelFontSize: 11',
    // The first colour by default is nearly white. These can be seen on light and on dark ground.
    '  themeVariables:',
    '    xyChart:',
    '      plotColorPalette: "#3b82f6, #d97706"',
    '---',
    'xychart-beta',
    `    title "${title}"`,
    `    x-axis ${xAxis}`,
    `    y-axis "${yLabel}" ${text(bottom)} --> ${text(top)}`,
    `    ${kind} [${values.map(text).join(', ')}]`,
    ...(second.length > 0 ? [`    line [${second.map(text).join(', ')}]`] : []),
  ].join('\n')
}

/** A name without characters that mermaid would parse. */
const label = (name: string): string => name.replace(/[^\w .%/-]/g, '').slice(0, 60) || 'metric'
