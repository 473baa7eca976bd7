/** The timeline's starts of runs without a known length, and the labels of its lines. */
import type { Markish } from '@observablehq/plot'
import * as Plot from '@observablehq/plot'
import { briefMetric } from '../../../scripts/analysis/numbers.ts'
import { metricText } from '../../../scripts/lib/format.ts'
import { verticals } from '../frontier/dense.ts'
import { size } from '../svg.ts'
import { textWidth } from '../text.ts'
import type { Frame, Timeline } from './layout.ts'

/** Starts of runs; numbered where the next start is far enough away. */
export function startMarks({ marks }: Timeline, { grid, middle, row }: Frame, perSecond: number): Markish[] {
  const placed = marks.map(m => ({ ...m, ...grid.place(m.start) }))
  const kept = placed.filter(m => m.kind === 'keep')
  const others = placed.filter(m => m.kind !== 'keep')
  const room = (m: (typeof placed)[number]) => {
    const needed = textWidth(String(m.number), size, true) * 1.16 + 9
    return placed.every(o => o.line !== m.line || o.x <= m.x || (o.x - m.x) * perSecond > needed)
  }
  const upright = (half: number) => (m: (typeof placed)[number]) => ({
    x: m.x,
    y1: middle(m.line) - half * row,
    y2: middle(m.line) + half * row,
  })
  return [
    verticals(others.map(upright(0.2)), 'tried', 1.5, 'var(--mark)'),
    verticals(kept.map(upright(0.42)), 'keep', 2.5, 'var(--keep)'),
    Plot.text(kept.filter(room), {
      x: 'x',
      dx: 5,
      y: m => middle(m.line),
      text: m => String(m.number),
      textAnchor: 'start',
      className: 'delta',
    }),
  ]
}

/** Left of a line: its start time. Right: the number of runs that began in it, and the best at its end. */
export function lineLabels(
  { spans, marks, bests, metric }: Timeline,
  { grid, middle }: Frame,
  { left, right, narrow }: { left: number; right: number; narrow: boolean },
): Markish[] {
  const began = new Map<number, number>()
  for (const { start } of [...spans, ...marks])
    began.set(grid.place(start).line, (began.get(grid.place(start).line) ?? 0) + 1)
  const lines = grid.lines.map(({ text, end }, line) => ({
    text,
    y: middle(line),
    runs: began.get(line) ?? 0,
    best: bests.findLast(b => b.at <= end)?.value ?? null,
  }))
  const known = spans.length > 0
  const place = { frameAnchor: 'right', y: 'y', textAnchor: 'end' } as const
  const head = (text: string, anchor: 'top-left' | 'top-right', dx: number) =>
    Plot.text([text], {
      frameAnchor: anchor,
      dx,
      dy: -20,
      text: (d: string) => d,
      className: 'axis',
      textAnchor: anchor === 'top-left' ? 'start' : 'end',
    })
  const best = (value: number | null) =>
    value === null ? '' : metricText(value).length > 9 ? briefMetric(value) : metricText(value)
  return [
    Plot.text(lines, {
      frameAnchor: 'left',
      y: 'y',
      dx: -left,
      text: 'text',
      className: 'axis',
      textAnchor: 'start',
    }),
    known
      ? Plot.text(lines, { ...place, dx: narrow ? right : 50, text: l => String(l.runs), className: 'soft' })
      : null,
    narrow ? null : Plot.text(lines, { ...place, dx: right, text: l => best(l.best) }),
    known ? head('runs', 'top-right', narrow ? right : 50) : null,
    narrow ? null : head(`best ${metric.name}`.slice(0, 18), 'top-right', right),
  ]
}
