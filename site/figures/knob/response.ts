/**
 * The response curve of a knob: change from the sessions' own baselines by value; each try a mark, the means a line.
 */
import * as Plot from '@observablehq/plot'
import type { Markup } from '../../../scripts/lib/text.ts'
import { ticks } from '../scale.ts'
import { markup, plot, size, widths } from '../svg.ts'
import { fitted, textWidth } from '../text.ts'
import { machineNames, namedValues, percentText, tryMarks } from './marks.ts'
import type { Response } from './responseData.ts'
import { labelledValues, valueScale } from './scale.ts'

/** For a page: three widths; empty with fewer than two values. */
export const responseFigure = (data: Response): Markup =>
  data.line.length < 2 ? '' : widths((width, name) => draw(data, width, name))

/** One drawing, for an SVG file; empty with fewer than two values. */
export const responseDrawing = (data: Response): Markup => (data.line.length < 2 ? '' : draw(data, 1000, 'at-wide'))

export function responseLabel({ name, metric, line, best }: Response): string {
  const head = `Change of ${metric} by value of ${name}`
  const [first, last] = [line[0]?.raw, line.at(-1)?.raw]
  if (line.length > MAX_READ_VALUES)
    return `${head}: ${line.length} values from ${first} to ${last}${best ? `, best ${best}` : ''}.`
  return `${head}: ${line.map(p => `${p.raw} ${percentText(p.change, 3)}`).join(', ')}.`
}

/** Values that the text alternative lists one by one. */
const MAX_READ_VALUES = 40

const titleOf = ({ name, metric, lowerIsBetter }: Response, narrow: boolean): string =>
  `change of ${metric}${narrow ? '' : ` by ${name}`}, ${lowerIsBetter ? 'lower' : 'higher'} is better`

function draw(data: Response, width: number, className: string): Markup {
  const narrow = width < 600
  const height = narrow ? 260 : 340
  const changes = [0, ...data.line.map(p => p.change), ...data.tries.flatMap(t => t.change ?? [])]
  const [low, high] = [Math.min(...changes), Math.max(...changes)]
  const room = (high - low || 1) * 0.14
  const domain: [number, number] = [low - room, high + room]
  const y = ticks(domain, narrow ? 3 : 4)
  const values = [...data.line.map(p => p.value), ...data.tries.map(t => t.value)]
  const x = valueScale(values)
  const tick = (v: number) => `${v > 0 ? '+' : ''}${y.text(v)}%`
  const left = Math.max(...y.values.map(v => textWidth(tick(v), size))) * 1.16 + 10
  const right = narrow ? 24 : 90
  const edge = data.lowerIsBetter ? domain[1] : domain[0]
  const part = (v: number, [from, to]: [number, number]) => (v - from) / (to - from)
  const along = (v: number) =>
    x.log ? part(Math.log(v), [Math.log(x.domain[0]), Math.log(x.domain[1])]) : part(v, x.domain)
  const at = (t: { value: number; change: number | null }): [number, number] => [
    left + along(t.value) * (width - left - right),
    40 + (1 - part(t.change ?? edge, domain)) * (height - 74),
  ]
  const node = plot({
    width,
    height,
    marginLeft: left,
    marginRight: right,
    marginTop: 40,
    marginBottom: 34,
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
        tickFormat: tick,
      }),
      Plot.axisX(labelledValues(data.line, x, width - left - right), {
        tickSize: 4,
        label: null,
        className: 'axis',
        tickFormat: (v: number) => data.line.find(p => p.value === v)?.raw ?? '',
      }),
      Plot.text([fitted(titleOf(data, narrow), width)], {
        frameAnchor: 'top-left',
        dx: -left,
        dy: -36,
        text: d => d,
        className: 'axis title',
        textAnchor: 'start',
      }),
      Plot.line(data.line, { x: 'value', y: 'change', stroke: 'var(--keep)', strokeWidth: 1.5, className: 'means' }),
      ...tryMarks(data, edge, at),
      ...namedValues(data, narrow),
      narrow ? null : machineNames(data, at),
    ],
  })
  return markup(node, responseLabel(data), className, data.tries.map(at))
}
