/** The time line's marks: runs as bars in lanes, thinking and outages, beginnings, and what stands beside the lines. */
import type { Markish, RenderFunction } from '@observablehq/plot'
import * as Plot from '@observablehq/plot'
import { metricText } from '../../scripts/lib/format.ts'
import type { Metric } from '../../scripts/record/schema.ts'
import { briefMetric } from '../../scripts/report/numbers.ts'
import { type Bar, cutToLines, lanes, type Sheet } from './sheet.ts'
import { size } from './svg.ts'
import { textWidth } from './text.ts'

/** Times are seconds since 1970. */
export interface Span {
  number: number
  start: number
  end: number
  kind: 'keep' | 'tried' | 'failed' | 'repeat' | 'confirm'
}
export interface Outage {
  start: number
  end: number
  kind: string
}
export interface Timeline {
  start: number
  end: number
  metric: Metric
  spans: Span[]
  /** Runs of which only the beginning is known. */
  marks: Pick<Span, 'number' | 'start' | 'kind'>[]
  thinking: { start: number; end: number }[]
  outages: Outage[]
  bests: { at: number; value: number }[]
  /** Confirm runs that came so much later that they are not shown. */
  later: number
}

/** Pixels from the top: where each line is, with a lane for each run that goes on at the same time in it. */
export interface Frame {
  sheet: Sheet
  lane: Map<Span, number>
  /** Height of a lane. */
  row: number
  tops: number[]
  depths: number[]
  height: number
  /** Middle of a line's first lane. */
  middle: (line: number) => number
}

/** Below the lanes of a line there is room for the thinking. */
const below = 8

export function layOut(data: Timeline, sheet: Sheet, row: number): Frame {
  const lane = lanes(data.spans)
  const depths = sheet.lines.map(() => 1)
  for (const { of, line } of cutToLines(data.spans, sheet, 0))
    depths[line] = Math.max(depths[line] ?? 1, lane.get(of) ?? 1)
  const tops: number[] = []
  let height = 0
  for (const depth of depths) {
    tops.push(height)
    height += depth * row + below
  }
  return { ...{ sheet, lane, row, tops, depths, height }, middle: line => (tops[line] ?? 0) + row / 2 }
}

/** Half the height of a bar in parts of a lane. */
const tall: Record<Span['kind'], number> = { keep: 0.42, tried: 0.1, failed: 0.1, repeat: 0.22, confirm: 0.22 }

export function runs(data: Timeline, frame: Frame, perSecond: number): Markish[] {
  const parts = cutToLines(data.spans, frame.sheet, 1 / perSecond)
  const of = (...kinds: Span['kind'][]) => parts.filter(p => kinds.includes(p.of.kind))
  const y = (p: Bar<Span>) => frame.middle(p.line) + ((frame.lane.get(p.of) ?? 1) - 1) * frame.row
  const half = (p: Bar<Span>) => tall[p.of.kind] * frame.row
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
      ...{ x: 'from', dx: 4, y, text: (p: Bar<Span>) => String(p.of.number) },
      ...{ textAnchor: 'start', className: 'on-keep' },
    }),
  ]
}

/** Many boxes as one path: a mark for each of thousands of runs would make the page heavy. */
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

/** What is no run: thinking below the bars, a frame round the outages. */
export function beyond(data: Timeline, frame: Frame, perSecond: number): Markish[] {
  const { sheet, tops, depths, row } = frame
  const low = (p: { line: number }) => (tops[p.line] ?? 0) + (depths[p.line] ?? 1) * row + 2.5
  const outages = cutToLines(data.outages, sheet, 1 / perSecond)
  const wide = (p: Bar<Outage>) => p.first && (p.to - p.from) * perSecond > textWidth(p.of.kind, size) * 1.16 + 10
  return [
    outline(
      cutToLines(data.thinking, sheet, 1 / perSecond).map(p => ({
        x1: p.from,
        x2: p.to,
        y1: low(p) - 0.6,
        y2: low(p) + 0.6,
      })),
      'thinking',
      { fill: 'var(--ink)' },
    ),
    Plot.rect(outages, {
      ...{ x1: 'from', x2: 'to', y1: p => (tops[p.line] ?? 0) - 2, y2: p => low(p) + 1.5, className: 'outages' },
      ...{ fill: 'none', stroke: 'var(--crash)', strokeWidth: 1.25, strokeDasharray: '4 3' },
    }),
    Plot.text(outages.filter(wide), {
      ...{
        x: 'from',
        dx: 5,
        y: p => frame.middle(p.line),
        text: p => p.of.kind,
        textAnchor: 'start',
        className: 'soft',
      },
      ...{ stroke: 'var(--paper)', strokeWidth: 4 },
    }),
  ]
}

/** Beginnings of runs; one is numbered where the next is far enough away. */
export function marked({ marks }: Timeline, { sheet, middle, row }: Frame, perSecond: number): Markish[] {
  const placed = marks.map(m => ({ ...m, ...sheet.place(m.start) }))
  const kept = placed.filter(m => m.kind === 'keep')
  const others = placed.filter(m => m.kind !== 'keep')
  const room = (m: (typeof placed)[number]) =>
    placed.every(
      o =>
        o.line !== m.line || o.x <= m.x || (o.x - m.x) * perSecond > textWidth(String(m.number), size, true) * 1.16 + 9,
    )
  const at = (half: number) =>
    ({
      x1: 'x',
      x2: 'x',
      y1: (m: { line: number }) => middle(m.line) - half * row,
      y2: (m: { line: number }) => middle(m.line) + half * row,
    }) as const
  return [
    Plot.link(others, { ...at(0.2), stroke: 'var(--mark)', strokeWidth: 1.5 }),
    Plot.link(kept, { ...at(0.42), stroke: 'var(--keep)', strokeWidth: 2.5 }),
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

/** Left when a line begins; right how many runs began in it, and the best at its end. */
export function beside(
  { spans, marks, bests, metric }: Timeline,
  { sheet, middle }: Frame,
  { left, right, narrow }: { left: number; right: number; narrow: boolean },
): Markish[] {
  const began = new Map<number, number>()
  for (const { start } of [...spans, ...marks])
    began.set(sheet.place(start).line, (began.get(sheet.place(start).line) ?? 0) + 1)
  const lines = sheet.lines.map(({ text, end }, line) => ({
    ...{ text, y: middle(line), runs: began.get(line) ?? 0, best: bests.findLast(b => b.at <= end)?.value ?? null },
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
