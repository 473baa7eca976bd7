/** Training loss over seconds: this experiment against the best at its time. */
import type { Markish } from '@observablehq/plot'
import * as Plot from '@observablehq/plot'
import type { Markup } from '../../scripts/lib/markup.ts'
import type { CurvePoint } from '../../scripts/record/schema.ts'
import { ticks } from './scale.ts'
import { thinned } from './spark.ts'
import { column, markup, plot, size } from './svg.ts'
import { textWidth } from './text.ts'

export interface Series {
  label: string
  points: CurvePoint[]
  /** The one the page is about. */
  main: boolean
}

/** In the text column: two drawings, of which the style sheet shows one. */
export const curves = (series: Series[]): Markup => column((width, className) => draw(series, width, className))

/** What the picture says, e.g. "Training loss: this experiment ends at 2.413, the best then at 2.502." */
export const curvesLabel = (series: Series[]): string =>
  `Training loss: ${series.map(s => `${s.label} ends at ${ends(s)?.loss.toPrecision(4) ?? 'nothing'}`).join(', ')}.`

const ends = (s: Series): CurvePoint | undefined => s.points.at(-1)

function draw(series: Series[], width: number, className: string): Markup {
  const narrow = width < 500
  const xEnd = Math.max(...series.flatMap(s => s.points.map(p => p.seconds))) || 1
  const domain = lossRange(series, xEnd)
  const xTicks = ticks([0, xEnd], narrow ? 3 : 5)
  const yTicks = ticks(domain, 3)
  const left = Math.max(...yTicks.values.map(v => textWidth(yTicks.text(v), size)), 16) + 8
  const height = narrow ? 210 : 250
  const right = Math.max(...series.map(s => textWidth(s.label, size, s.main))) + 14
  const axis = { label: null, className: 'axis' }
  const node = plot({
    ...{ width, height, marginLeft: left, marginRight: right, marginTop: 26, marginBottom: 32 },
    x: { domain: [0, xEnd], axis: null },
    y: { domain, axis: null },
    marks: [
      Plot.axisX(xTicks.values, {
        ...axis,
        tickSize: 4,
        tickFormat: (v: number) => (v === 0 ? '0 s' : xTicks.text(v)),
      }),
      Plot.axisY(yTicks.values, { ...axis, tickSize: 0, tickPadding: 6, tickFormat: yTicks.text }),
      Plot.ruleY(yTicks.values, { stroke: 'var(--rule)', strokeWidth: 0.75, strokeDasharray: '1 3' }),
      Plot.text(['training loss'], {
        ...{ frameAnchor: 'top-left', dx: -left, dy: -22, text: d => d, className: 'axis title', textAnchor: 'start' },
      }),
      ...series.flatMap(s => line(s, nudge(s, series, height / (domain[1] - domain[0])))),
    ],
  })
  return markup(node, curvesLabel(series), className)
}

/** From the lowest loss to the highest after the first twentieth: the first steps would flatten all that follows. */
function lossRange(series: Series[], xEnd: number): [number, number] {
  const all = series.flatMap(s => s.points)
  const later = all.filter(p => p.seconds >= xEnd / 20)
  const losses = (later.length >= 4 ? later : all).map(p => p.loss)
  const [low, high] = [Math.min(...losses), Math.max(...losses)]
  const pad = (high - low) * 0.05 || Math.abs(high) * 0.01 || 1
  return [low - pad, high + pad]
}

function line(s: Series, dy: number): Markish[] {
  return [
    Plot.line(thinned(s.points, 240), {
      ...{ x: 'seconds', y: 'loss', clip: true },
      stroke: s.main ? 'var(--keep)' : 'var(--mark)',
      strokeWidth: s.main ? 1.75 : 1.25,
    }),
    Plot.text(s.points.slice(-1), {
      ...{ x: 'seconds', y: 'loss', dx: 8, dy, text: () => s.label, textAnchor: 'start', lineAnchor: 'middle' },
      className: s.main ? 'delta' : 'soft',
    }),
  ]
}

/** Moves two end labels apart where they would lie on each other. Pixels, down is positive. */
function nudge(s: Series, series: Series[], perUnit: number): number {
  const other = series.find(o => o !== s)
  const [mine, theirs] = [ends(s)?.loss, other && ends(other)?.loss]
  if (mine === undefined || theirs === undefined || Math.abs(mine - theirs) * perUnit >= 15) return 0
  const below = mine < theirs || (mine === theirs && s.main)
  return (below ? 1 : -1) * (8 - (Math.abs(mine - theirs) * perUnit) / 2)
}
