/** What a knob's values are worth: change from the nights' own baselines over the value; each try a mark, their means a line. */
import * as Plot from '@observablehq/plot'
import { minus } from '../../scripts/lib/format.ts'
import type { Markup } from '../../scripts/lib/markup.ts'
import type { Status } from '../../scripts/record/schema.ts'
import { ticks } from './scale.ts'
import { markup, plot, size, widths } from './svg.ts'
import { textWidth } from './text.ts'

export interface Response {
  name: string
  metric: string
  lowerIsBetter: boolean
  /** Values by size; `change` in the metric's own sign, in percent of the baseline. */
  line: { raw: string; value: number; change: number }[]
  /** Each try that moved this alone; `change` null where nothing was measured. */
  tries: { value: number; change: number | null; status: Status; machine: string }[]
  best: string | null
  /** Twice the noise of a difference of two runs, in percent; null when not known. */
  noise: number | null
}

/** For a page: three drawings; empty without two values. */
export const responseFigure = (data: Response): Markup =>
  data.line.length < 2 ? '' : widths((width, name) => draw(data, width, name))

export const responseLabel = ({ name, metric, line }: Response): string =>
  `Change of ${metric} by value of ${name}: ${line.map(p => `${p.raw} ${percentText(p.change, 3)}`).join(', ')}.`

const percentText = (value: number, digits: number): string =>
  `${value > 0 ? '+' : ''}${minus(Number(value.toPrecision(digits)).toString())}%`

function draw(data: Response, width: number, className: string): Markup {
  const narrow = width < 600
  const height = narrow ? 260 : 340
  const changes = [0, ...data.line.map(p => p.change), ...data.tries.flatMap(t => t.change ?? [])]
  const [low, high] = [Math.min(...changes), Math.max(...changes)]
  const room = (high - low || 1) * 0.14
  const domain: [number, number] = [low - room, high + room]
  const y = ticks(domain, narrow ? 3 : 4)
  const several = new Set(data.tries.map(t => t.machine)).size > 1
  const values = [...data.line.map(p => p.value), ...data.tries.map(t => t.value)]
  const x = across(values)
  const left = Math.max(...y.values.map(v => textWidth(`${y.text(v)}%`, size))) * 1.16 + 10
  const right = narrow ? 24 : 90
  const edge = data.lowerIsBetter ? domain[1] : domain[0]
  const node = plot({
    ...{ width, height, marginLeft: left, marginRight: right, marginTop: 40, marginBottom: 34 },
    x: { type: x.log ? 'log' : 'linear', domain: x.domain, axis: null },
    y: { domain, axis: null },
    marks: [
      data.noise
        ? Plot.rectY([data.noise], {
            y1: n => Math.max(domain[0], -n),
            y2: n => Math.min(domain[1], n),
            x1: x.domain[0],
            x2: x.domain[1],
            fill: 'var(--band)',
          })
        : null,
      Plot.ruleY(y.values, { stroke: 'var(--rule)', strokeWidth: 0.75, strokeDasharray: '1 3' }),
      Plot.axisY(y.values, {
        tickSize: 0,
        tickPadding: 6,
        label: null,
        className: 'axis',
        tickFormat: (v: number) => `${v > 0 ? '+' : ''}${y.text(v)}%`,
      }),
      Plot.axisX(spread(data.line, x, width - left - right), {
        tickSize: 4,
        label: null,
        className: 'axis',
        tickFormat: (v: number) => data.line.find(p => p.value === v)?.raw ?? '',
      }),
      Plot.text([`change of ${data.metric}, ${data.lowerIsBetter ? 'lower' : 'higher'} is better`], {
        frameAnchor: 'top-left',
        dx: -left,
        dy: -36,
        text: d => d,
        className: 'axis title',
        textAnchor: 'start',
      }),
      Plot.line(data.line, { x: 'value', y: 'change', stroke: 'var(--keep)', strokeWidth: 1.5, className: 'means' }),
      ...tryMarks(data, edge),
      ...named(data, narrow),
      several && !narrow
        ? Plot.text(lastOfEach(data), {
            x: 'value',
            y: 'change',
            dx: 8,
            dy: 12,
            text: 'machine',
            className: 'soft',
            textAnchor: 'start',
            stroke: 'var(--paper)',
            strokeWidth: 4,
          })
        : null,
    ],
  })
  return markup(node, responseLabel(data), className)
}

/** Kept a disc, discarded a ring, not measured a cross on the worse edge. */
function tryMarks({ tries }: Response, edge: number) {
  const measured = tries.filter(t => t.change !== null)
  return [
    Plot.dot(
      measured.filter(t => t.status !== 'keep'),
      {
        x: 'value',
        y: 'change',
        r: 3,
        stroke: 'var(--mark)',
        strokeWidth: 1.2,
        fill: 'var(--paper)',
        className: 'tried',
      },
    ),
    Plot.dot(
      measured.filter(t => t.status === 'keep'),
      { x: 'value', y: 'change', r: 3.6, fill: 'var(--keep)', stroke: 'var(--paper)', className: 'kept' },
    ),
    Plot.dot(
      tries.filter(t => t.change === null),
      { x: 'value', y: edge, symbol: 'times', r: 3.5, stroke: 'var(--crash)', strokeWidth: 1.6, className: 'failed' },
    ),
  ]
}

/** The value of the nights' beginning, an open square at nothing, and the best. */
function named({ line, best, lowerIsBetter }: Response, narrow: boolean) {
  const top = line.find(p => p.raw === best)
  const words = { textAnchor: 'middle', stroke: 'var(--paper)', strokeWidth: 4 } as const
  return [
    Plot.dot(
      line.filter(p => p.change === 0),
      {
        x: 'value',
        y: 'change',
        symbol: 'square',
        r: 3.5,
        stroke: 'var(--ink)',
        fill: 'var(--paper)',
        className: 'start',
      },
    ),
    Plot.text(top && top.change !== 0 ? [top] : [], {
      ...{ x: 'value', y: 'change', dy: lowerIsBetter ? 15 : -15, ...words, className: 'delta' },
      text: p => `${narrow ? '' : `${p.raw}: `}${percentText(p.change, 2)}`,
    }),
  ]
}

/** A scale of ratios where all values are positive and far apart. */
function across(values: number[]): { log: boolean; domain: [number, number] } {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const log = low > 0 && high / low > 3
  if (log) {
    const room = (high / low) ** 0.06
    return { log, domain: [low / room, high * room] }
  }
  const room = (high - low || Math.abs(high) || 1) * 0.06
  return { log, domain: [low - room, high + room] }
}

/** Values whose names have room beside each other. */
function spread(line: Response['line'], x: { log: boolean; domain: [number, number] }, width: number): number[] {
  const scale = (v: number) => (x.log ? Math.log(v) : v)
  const [a, b] = x.domain.map(scale) as [number, number]
  let end = Number.NEGATIVE_INFINITY
  return line
    .filter(({ raw, value }) => {
      const half = (textWidth(raw, size) * 1.16) / 2 + 5
      const at = ((scale(value) - a) / (b - a)) * width
      if (at - half < end) return false
      end = at + half
      return true
    })
    .map(p => p.value)
}

const lastOfEach = ({ tries }: Response): Response['tries'] => [
  ...new Map(tries.filter(t => t.change !== null).map(t => [t.machine, t])).values(),
]
