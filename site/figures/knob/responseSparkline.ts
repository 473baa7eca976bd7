/** The response curve as a sparkline: values in ascending order, the best marked, no axis. */
import * as Plot from '@observablehq/plot'
import type { Markup } from '../../../scripts/lib/text.ts'
import { markup, plot } from '../svg.ts'
import { responseLabel } from './response.ts'
import type { Response } from './responseData.ts'

/** An SVG of 150 × 30 pixels, values at equal distances; empty with fewer than two values. */
export function responseSparkline(data: Response): Markup {
  if (data.line.length < 2) return ''
  const points = data.line.map((p, i) => ({ ...p, i }))
  const changes = points.map(p => p.change)
  const [low, high] = [Math.min(...changes), Math.max(...changes)]
  const pad = (high - low) * 0.15 || 1
  const node = plot({
    width: 150,
    height: 30,
    margin: 4,
    x: { axis: null, domain: [0, points.length - 1] },
    y: { axis: null, domain: [low - pad, high + pad] },
    marks: [
      Plot.ruleY([0], { stroke: 'var(--rule)', strokeWidth: 0.75 }),
      Plot.line(points, { x: 'i', y: 'change', stroke: 'var(--mark)', strokeWidth: 1.25 }),
      Plot.dot(points, { x: 'i', y: 'change', r: 1.4, fill: 'var(--mark)' }),
      Plot.dot(
        points.filter(p => p.raw === data.best),
        { x: 'i', y: 'change', r: 2.6, fill: 'var(--keep)' },
      ),
    ],
  })
  return markup(node, responseLabel(data), 'spark')
}
