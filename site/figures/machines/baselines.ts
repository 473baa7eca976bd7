/**
 * A machine's baseline over its sessions: a dot per session, joined where the code was the same, with the noise band
 * of one run.
 */

import * as Plot from '@observablehq/plot'
import { betterText } from '../../../scripts/analysis/relative.ts'
import { metricText } from '../../../scripts/lib/format.ts'
import type { Markup } from '../../../scripts/lib/text.ts'
import type { Metric } from '../../../scripts/record/schema.ts'
import { ticks } from '../scale.ts'
import { column, markup, plot, size, toPixels } from '../svg.ts'
import { textWidth } from '../text.ts'

export interface Baselines {
  metric: Metric
  /** σ of one run; null when not known. */
  sigma: number | null
  /** Oldest first; time in milliseconds since 1970. `joined`: same code as the session before. */
  points: { time: number; value: number; joined: boolean }[]
}

/** For the text column: two widths. */
export const baselinesFigure = (data: Baselines): Markup => column((width, name) => draw(data, width, name))

export const baselinesLabel = ({ metric, points }: Baselines): string => {
  const values = points.map(p => p.value)
  const ends = [Math.min(...values), Math.max(...values)]
  const [low, high] = ends.map(end => metricText(end, ends))
  return `The baseline's ${metric.name} over ${points.length} sessions, from ${low} to ${high}.`
}

const day = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'short' })

function draw(data: Baselines, width: number, className: string): Markup {
  const { points, sigma, metric } = data
  const values = points.map(p => p.value)
  const middle = [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
  const reach = [...values, ...(sigma ? [middle - 2 * sigma, middle + 2 * sigma] : [])]
  const [low, high] = [Math.min(...reach), Math.max(...reach)]
  const room = (high - low) * 0.12 || Math.abs(high) * 0.01 || 1
  const domain: [number, number] = [low - room, high + room]
  const y = ticks(domain, 3)
  const left = Math.max(...y.values.map(v => textWidth(y.text(v), size))) * 1.16 + 10
  const [first, last] = [points[0]?.time ?? 0, points.at(-1)?.time ?? 1]
  const ends = [first, last].filter((time, i, all) => i === 0 || day.format(time) !== day.format(all[0]))
  const many = points.length > 60
  const node = plot({
    width,
    height: 170,
    marginLeft: left,
    marginRight: 26,
    marginTop: 30,
    marginBottom: 26,
    x: { domain: [first, last > first ? last : first + 1], axis: null, insetLeft: 8, insetRight: 8 },
    y: { domain, axis: null },
    marks: [
      sigma ? Plot.rectY([sigma], { y1: middle - 2 * sigma, y2: middle + 2 * sigma, fill: 'var(--band)' }) : null,
      Plot.ruleY(y.values, { stroke: 'var(--rule)', strokeWidth: 0.75, strokeDasharray: '1 3' }),
      Plot.axisY(y.values, { tickSize: 0, tickPadding: 6, label: null, className: 'axis', tickFormat: y.text }),
      Plot.axisX(ends, { tickSize: 4, label: null, className: 'axis', tickFormat: (t: number) => day.format(t) }),
      Plot.text([`${metric.name} of the baseline, ${betterText(metric.goal)}`], {
        frameAnchor: 'top-left',
        dx: -left,
        dy: -26,
        text: d => d,
        className: 'axis title',
        textAnchor: 'start',
      }),
      Plot.link(
        points.flatMap((p, i) => (p.joined ? [{ from: points[i - 1] ?? p, to: p }] : [])),
        {
          x1: l => l.from.time,
          x2: l => l.to.time,
          y1: l => l.from.value,
          y2: l => l.to.value,
          stroke: 'var(--mark)',
          strokeWidth: 1.25,
          className: 'same',
        },
      ),
      Plot.dot(points, { x: 'time', y: 'value', r: many ? 1.8 : 2.8, fill: 'var(--keep)', className: 'sessions' }),
    ],
  })
  const at = { x: toPixels(node, 'x'), y: toPixels(node, 'y') }
  return markup(
    node,
    baselinesLabel(data),
    className,
    points.map(p => [at.x(p.time), at.y(p.value)]),
  )
}
