/** The frontier as a sparkline: from the session's own baseline to its own best, without axes. */
import * as Plot from '@observablehq/plot'
import type { Markup } from '../../../scripts/lib/text.ts'
import { markup, plot } from '../svg.ts'
import { frontierLabel } from './frontier.ts'
import { type FrontierData, isUnknown, onFrontier } from './point.ts'

/** An SVG of 150 × 30 pixels; empty when nothing was measured. */
export function sparkline(data: FrontierData): Markup {
  const kept = onFrontier(data)
  const [first, last] = [kept[0], kept.at(-1)]
  if (!first || !last) return ''
  // Where it is not known what was kept, the best of all stands at the end of the range.
  const unknown = data.points.filter(p => isUnknown(p) && (p.gain ?? 0) > 0)
  const values = [...kept, ...unknown].map(p => p.value as number)
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const pad = (high - low) * 0.08 || Math.abs(high) * 0.01 || 1
  const end = (data.points.at(-1)?.place ?? 0) + 1
  const stairs = [...kept.map(p => ({ x: p.place, y: p.value })), { x: end, y: last.value }]
  const shown = data.points.filter(
    p => (p.status === 'discard' || isUnknown(p)) && p.value !== null && p.value >= low - pad && p.value <= high + pad,
  )
  const node = plot({
    width: 150,
    height: 30,
    margin: 3,
    marginRight: 5,
    x: { axis: null, domain: [0, end] },
    y: { axis: null, domain: [low - pad, high + pad] },
    marks: [
      Plot.dot(sampleEvenly(shown, 120), { x: 'place', y: 'value', r: 0.8, fill: 'var(--mark)' }),
      Plot.line(stairs, { x: 'x', y: 'y', curve: 'step-after', stroke: 'var(--keep)', strokeWidth: 1.25 }),
      Plot.dot(stairs.slice(-1), { x: 'x', y: 'y', r: 2, fill: 'var(--keep)' }),
    ],
  })
  return markup(node, frontierLabel(data), 'spark')
}

/** At most `limit` items, evenly spaced. */
export function sampleEvenly<T>(list: T[], limit: number): T[] {
  if (list.length <= limit) return list
  return Array.from({ length: limit }, (_, i) => list[Math.round((i * (list.length - 1)) / (limit - 1))] as T)
}
