/** The marks of a zoomed range, from back to front, as in the whole session's figure. */
import { metricText } from '../../../scripts/lib/format.ts'
import type { Child, Make } from '../../components/compare/make.ts'
import { gap } from '../text.ts'
import type { Layout } from './layout.ts'
import { nameKept } from './names.ts'
import { isUnknown, type Point } from './point.ts'

/** Text that starts at its point, with a background outline so that it is readable over a line. */
const paper = { 'text-anchor': 'start', stroke: 'var(--paper)', 'stroke-width': 4 }

export const zoomMarks = (make: Make, frame: Layout): Child[] => [
  line(make, frame),
  axes(make, frame),
  tried(make, frame),
  ofUnknownStatus(make, frame),
  kept(make, frame),
  edgeMarks(make, frame),
]

/** Noise band and best so far. A nested <svg> clips at its edges. */
function line(make: Make, { stairs, margin, width, height, x, y, data: { sigma } }: Layout): Element {
  const [left, top] = [margin.left, margin.top]
  const size = { width: width - margin.right - left, height: height - margin.bottom - top }
  const steps = stairs.slice(1).map((to, i) => {
    const { place, best } = stairs[i] ?? to
    return {
      from: px(x(place)),
      to: px(x(to.place)),
      level: px(y(best)),
      upper: px(y(best + 2 * (sigma ?? 0))),
      lower: px(y(best - 2 * (sigma ?? 0))),
    }
  })
  const path = steps.map((s, i) => `${i === 0 ? `M${s.from} ` : 'V'}${s.level}H${s.to}`).join('')
  return make(
    'svg',
    { x: left, y: top, ...size, viewBox: `${left} ${top} ${size.width} ${size.height}` },
    steps.length > 0 && [
      make('path', {
        fill: 'var(--band)',
        d: steps.map(s => `M${s.from} ${s.upper}H${s.to}V${s.lower}H${s.from}Z`).join(''),
      }),
      make('path', { fill: 'none', stroke: 'var(--keep)', 'stroke-width': 1.5, d: path }),
    ],
  )
}

function axes(make: Make, { margin, width, height, narrow, xTicks, yTicks, x, y }: Layout): Element {
  const [right, bottom] = [width - margin.right, height - margin.bottom]
  return make(
    'g',
    { class: 'axis' },
    yTicks.values.map(v => [
      make('line', {
        x1: margin.left,
        x2: right,
        y1: y(v),
        y2: y(v),
        stroke: 'var(--rule)',
        'stroke-width': 0.75,
        'stroke-dasharray': '1 3',
      }),
      make('text', { x: margin.left - (narrow ? 4 : 8), y: y(v) + 4, 'text-anchor': 'end' }, yTicks.text(v)),
    ]),
    xTicks.map(v => [
      make('line', { x1: x(v), x2: x(v), y1: bottom, y2: bottom + 4, stroke: 'var(--mark)' }),
      make('text', { x: x(v), y: bottom + 18 }, v),
    ]),
  )
}

/** Discards, smaller where there are many, as one element. */
function tried(make: Make, { others: all, narrow, x, y }: Layout): Element {
  const others = all.filter(p => !isUnknown(p))
  const many = Math.min(1, Math.sqrt(400 / Math.max(1, others.length)))
  const r = (narrow ? 1.5 : 2.1) * Math.max(0.5, many)
  return make('path', {
    class: 'tried',
    fill: 'none',
    stroke: 'var(--mark)',
    'stroke-width': narrow ? 0.8 : 1,
    d: others.map(p => circle(x(p.place), y(p.value), r)).join(''),
  })
}

/** Measured, and not known whether they were kept: squares. */
function ofUnknownStatus(make: Make, { others, narrow, x, y }: Layout): Child {
  const unknown = others.filter(isUnknown)
  const r = narrow ? 2 : 2.7
  return (
    unknown.length > 0 &&
    make('path', {
      class: 'unknown',
      fill: 'none',
      stroke: 'var(--ink)',
      'stroke-width': narrow ? 1 : 1.2,
      d: unknown
        .map(p => `M${px(x(p.place) - r)} ${px(y(p.value) - r)}h${px(2 * r)}v${px(2 * r)}h${px(-2 * r)}z`)
        .join(''),
    })
  )
}

/** Leaders and names, then the dots over them. */
function kept(make: Make, frame: Layout): Child[] {
  const { narrow, x, y } = frame
  return [
    nameKept(frame).map(({ at: [left, middle], leader, value: gain, label }) => [
      leader &&
        make('line', {
          x1: leader[0],
          y1: leader[1],
          x2: leader[2],
          y2: leader[3],
          stroke: 'var(--mark)',
          'stroke-width': 0.75,
        }),
      make(
        'text',
        { ...paper, class: 'named', x: left, y: middle + 4 },
        make('tspan', { class: 'delta' }, gain),
        gap + label,
      ),
    ]),
    make('path', {
      class: 'kept',
      fill: 'var(--keep)',
      stroke: 'var(--paper)',
      d: frame.kept.map(p => circle(x(p.place), y(p.value), narrow ? 2.6 : 3.6)).join(''),
    }),
    ...ending(make, frame),
  ]
}

/** The best value at the end of the line, and above it the label of the band. */
function ending(make: Make, { best, stairs, narrow, margin, width, y, data: { sigma } }: Layout): Child[] {
  const end = stairs.at(-1)
  if (!best || !end) return []
  const at = { ...paper, x: width - margin.right + (narrow ? 4 : 6) }
  return [
    make('text', { ...at, y: y(end.best) + 4, class: 'delta' }, metricText(best.value)),
    (sigma ?? 0) > 0 && !narrow && make('text', { ...at, y: y(end.best) - 12, class: 'soft' }, '±2σ'),
  ]
}

/** Off the scale: a triangle that points there. Failed in training: a cross. Not trained: a diamond. */
function edgeMarks(make: Make, { off, edge, x, data: { metric } }: Layout): Element[] {
  const failed = (p: Point) => p.status === 'crash'
  const shapes = (which: (p: Point) => boolean, shape: string) =>
    off
      .filter(which)
      .map(p => `M${px(x(p.place))} ${px(edge)}${shape}`)
      .join('')
  const triangle = metric.goal === 'minimize' ? 'm0 -4l3.5 6h-7z' : 'm0 4l3.5 -6h-7z'
  const outline = { fill: 'none', stroke: 'var(--mark)', 'stroke-width': 1.2 }
  return [
    make('path', {
      ...outline,
      stroke: 'var(--crash)',
      'stroke-width': 1.6,
      class: 'failed',
      d: shapes(p => p.value === null && failed(p), 'm-4 -4l8 8m-8 0l8 -8'),
    }),
    make('path', {
      ...outline,
      class: 'untrained',
      d: shapes(p => p.value === null && !failed(p), 'm0 -4.5l2.6 4.5l-2.6 4.5l-2.6 -4.5z'),
    }),
    make('path', { ...outline, class: 'far', d: shapes(p => p.value !== null, triangle) }),
  ]
}

const circle = (x: number, y: number, r: number): string =>
  `M${px(x - r)} ${px(y)}a${px(r)} ${px(r)} 0 1 0 ${px(2 * r)} 0a${px(r)} ${px(r)} 0 1 0 ${px(-2 * r)} 0z`

const px = (value: number): string => String(Number(value.toFixed(1)))
