/** The timeline's bars: runs in their lanes, agent time below them, frames around outages. */
import type { Markish, RenderFunction } from '@observablehq/plot'
import * as Plot from '@observablehq/plot'
import { size } from '../svg.ts'
import { textWidth } from '../text.ts'
import { BAR_HALF_HEIGHT, type Frame, laneOf, type Outage, type Span, type Timeline } from './layout.ts'
import { type Bar, cutToLines } from './timeGrid.ts'

export function runs(data: Timeline, frame: Frame, perSecond: number): Markish[] {
  const parts = cutToLines(data.spans, frame.grid, 1 / perSecond)
  const of = (...kinds: Span['kind'][]) => parts.filter(p => kinds.includes(p.of.kind))
  const y = (p: Bar<Span>) => laneOf(frame, p)
  const half = (p: Bar<Span>) => BAR_HALF_HEIGHT[p.of.kind] * frame.row
  const boxes = (kind: Span['kind'], paint: Record<string, string>) =>
    outline(
      of(kind).map(p => ({ x1: p.from, x2: p.to, y1: y(p) - half(p), y2: y(p) + half(p) })),
      kind,
      paint,
    )
  const wide = (p: Bar<Span>) =>
    p.first && (p.to - p.from) * perSecond > textWidth(String(p.of.number), size) * 1.16 + 8
  return [
    boxes('tried', { fill: 'var(--mark)' }),
    boxes('keep', { fill: 'var(--fill)' }),
    boxes('repeat', { fill: 'none', stroke: 'var(--mark)' }),
    boxes('confirm', { fill: 'none', stroke: 'var(--ink)', 'stroke-dasharray': '1 2' }),
    boxes('failed', { fill: 'var(--crash)' }),
    Plot.dot(
      of('failed').filter(p => p.first),
      { x: 'from', dx: 3, y, symbol: 'times', r: 3.5, stroke: 'var(--crash)', strokeWidth: 1.6 },
    ),
    Plot.text(of('keep').filter(wide), {
      x: 'from',
      dx: 4,
      y,
      text: (p: Bar<Span>) => String(p.of.number),
      textAnchor: 'start',
      className: 'on-keep',
    }),
  ]
}

/** Many boxes as one path, since an element for each of thousands of runs would make the page heavy. */
const outline =
  (
    boxes: { x1: number; x2: number; y1: number; y2: number }[],
    className: string,
    paint: Record<string, string>,
  ): RenderFunction =>
  (_index, { x, y }, _values, _size, context) => {
    const path = context.document.createElementNS('http://www.w3.org/2000/svg', 'path')
    const at = (scale: ((v: number) => number) | undefined, v: number) => (scale?.(v) ?? 0).toFixed(1)
    const corners = boxes.map(b => `M${at(x, b.x1)} ${at(y, b.y1)}H${at(x, b.x2)}V${at(y, b.y2)}H${at(x, b.x1)}Z`)
    path.setAttribute('d', corners.join(''))
    path.setAttribute('class', className)
    for (const [name, value] of Object.entries(paint)) path.setAttribute(name, value)
    return path
  }

/** Agent time below the bars, and frames around outages. */
export function agentMarks(data: Timeline, frame: Frame, perSecond: number): Markish[] {
  const { grid, tops, depths, row } = frame
  const low = (p: { line: number }) => (tops[p.line] ?? 0) + (depths[p.line] ?? 1) * row + 2.5
  const outages = cutToLines(data.outages, grid, 1 / perSecond)
  const wide = (p: Bar<Outage>) => p.first && (p.to - p.from) * perSecond > textWidth(p.of.kind, size) * 1.16 + 10
  return [
    outline(
      cutToLines(data.thinking, grid, 1 / perSecond).map(p => ({
        x1: p.from,
        x2: p.to,
        y1: low(p) - 0.6,
        y2: low(p) + 0.6,
      })),
      'thinking',
      { fill: 'var(--ink)' },
    ),
    Plot.rect(outages, {
      x1: 'from',
      x2: 'to',
      y1: p => (tops[p.line] ?? 0) - 2,
      y2: p => low(p) + 1.5,
      className: 'outages',
      fill: 'none',
      stroke: 'var(--crash)',
      strokeWidth: 1.25,
      strokeDasharray: '4 3',
    }),
    Plot.text(outages.filter(wide), {
      x: 'from',
      dx: 5,
      y: p => frame.middle(p.line),
      text: p => p.of.kind,
      textAnchor: 'start',
      className: 'soft',
      stroke: 'var(--paper)',
      strokeWidth: 4,
    }),
  ]
}
