/**
 * Draws a frontier from its layout, from back to front. The same code draws the whole session at build and a zoomed range in
 * the browser. Marks of one kind are one path, so that thousands of experiments are a few elements.
 */
import { betterText } from '../../../scripts/analysis/relative.ts'
import type { Child, Make } from '../../components/compare/make.ts'
import { drawLegend } from '../legend.ts'
import { fitted, gap } from '../text.ts'
import { isDense, thinByCell } from './dense.ts'
import { drawEnding } from './ending.ts'
import type { Layout } from './frame.ts'
import { kindOf, kindOfKept } from './key.ts'
import { nameKept, nameOff } from './names.ts'
import { inNumbers, type Point, type Valued } from './point.ts'
import { crowded, type Kind, looks, px } from './shapes.ts'

/** Text with a background outline, so that it is readable over a line. */
const paper = { 'text-anchor': 'start', stroke: 'var(--paper)', 'stroke-width': 4 }

export const drawFrontier = (make: Make, frame: Layout): Child[] => [
  axisTitles(make, frame),
  drawLegend(make, frame.legend, 31),
  line(make, frame),
  axes(make, frame),
  tried(make, frame),
  keptMarks(make, frame),
  edgeMarks(make, frame),
  drawEnding(make, frame),
]

/** The same without legend and names, for a picture that is seen small. */
export const drawPlainFrontier = (make: Make, frame: Layout): Child[] => [
  yTitle(make, frame),
  line(make, frame),
  axes(make, frame),
  tried(make, frame),
  dots(make, frame),
  drawEnding(make, frame),
]

function axisTitles(make: Make, frame: Layout): Child[] {
  const { data, width, height, margin } = frame
  return [
    yTitle(make, frame),
    make(
      'text',
      { x: (margin.left + width - margin.right) / 2, y: height - 6, class: 'axis' },
      inNumbers(data.points) ? 'experiment' : 'verdict, in the order they came',
    ),
  ]
}

function yTitle(make: Make, { data: { metric }, width }: Layout): Child {
  const unit = metric.unit ? ` (${metric.unit})` : ''
  const name = fitted(`${metric.name}${unit}`, width - 110)
  return make('text', { x: 0, y: 12, class: 'axis', 'text-anchor': 'start' }, `${name}, ${betterText(metric.goal)}`)
}

/** Noise band and best so far. A nested <svg> clips at its edges; a clipPath would need an id that is unique in the page. */
function line(make: Make, { stairs, margin, width, height, x, y, data: { sigma } }: Layout): Child {
  if (stairs.length === 0) return null
  const [left, top] = [margin.left, margin.top]
  const size = { width: width - margin.right - left, height: height - margin.bottom - top }
  const steps = stairs.slice(1).map((to, i) => {
    const { place, best } = stairs[i] ?? to
    const end = i === stairs.length - 2 ? width - margin.right : x(to.place)
    return { from: px(x(place)), to: px(end), level: px(y(best)), best }
  })
  const at = (value: number) => px(y(value))
  const noise = (sigma ?? 0) * 2
  return make(
    'svg',
    { x: left, y: top, ...size, viewBox: `${left} ${top} ${size.width} ${size.height}` },
    noise > 0 &&
      make('path', {
        class: 'noise',
        fill: 'var(--band)',
        d: steps.map(s => `M${s.from} ${at(s.best + noise)}H${s.to}V${at(s.best - noise)}H${s.from}Z`).join(''),
      }),
    make('path', {
      class: 'stairs',
      fill: 'none',
      stroke: 'var(--keep)',
      'stroke-width': 1.5,
      d: steps.map((s, i) => `${i === 0 ? `M${s.from} ` : 'V'}${s.level}H${s.to}`).join(''),
    }),
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

/** Experiments with a value on the scale that were not kept. */
function tried(make: Make, { others, narrow, data, x, y }: Layout): Child[] {
  const of = (kind: Kind) => others.filter(p => kindOf(p, false) === kind)
  const at = (p: Valued): [number, number] => [x(p.place), y(p.value)]
  const discarded = of('tried')
  return [
    others.length > DENSE
      ? manyDots(make, thinByCell(2, discarded, at).map(at), narrow)
      : marks(make, 'tried', discarded.map(at), { narrow, data, scale: crowded(others.length) }),
    marks(make, 'unknown', of('unknown').map(at), { narrow, data }),
    marks(make, 'failed', of('failed').map(at), { narrow, data }),
  ]
}

/** From this number of marks on the edge, they would cover each other in one row. */
const MANY_OFF = 150
/** From this number of discards, rings would cover each other. */
const DENSE = 1500

/** Dots as one path: lines of zero length with round ends. */
const manyDots = (make: Make, places: [number, number][], narrow: boolean): Element =>
  make('path', {
    class: 'tried',
    fill: 'none',
    stroke: 'var(--mark)',
    'stroke-width': narrow ? 1.2 : 1.6,
    'stroke-linecap': 'round',
    d: places.map(([x, y]) => `M${px(x)} ${px(y)}h0`).join(''),
  })

function marks(
  make: Make,
  kind: Kind,
  places: [number, number][],
  { narrow, data, scale = 1 }: Pick<Layout, 'narrow' | 'data'> & { scale?: number },
): Child {
  const { paint, shape, r } = looks(data.metric.goal)[kind]
  const half = r[narrow ? 1 : 0] * scale
  return (
    places.length > 0 && make('path', { ...paint, class: kind, d: places.map(([x, y]) => shape(x, y, half)).join('') })
  )
}

/** Leaders and names, then the dots over them. */
function keptMarks(make: Make, frame: Layout): Child[] {
  return [
    nameKept(frame).map(({ at: [left, middle], leader, value, label }) => [
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
        make('tspan', { class: 'delta' }, value),
        label === '' ? null : gap + label,
      ),
    ]),
    dots(make, frame),
  ]
}

function dots(make: Make, frame: Layout): Child[] {
  const { narrow, data, x, y } = frame
  const at = (p: Valued): [number, number] => [x(p.place), y(p.value)]
  const kept = isDense(data) ? thinByCell(3, frame.kept, at) : frame.kept
  return (['unproven', 'kept'] as const).map(kind =>
    marks(make, kind, kept.filter(p => kindOfKept(p) === kind).map(at), {
      narrow,
      data,
      scale: Math.min(1, crowded(kept.length)),
    }),
  )
}

/** Off the scale, failed in training, or not trained; the worst are named. Hundreds get a row for each kind. */
function edgeMarks(make: Make, frame: Layout): Child[] {
  const { off, edge, narrow, data, x } = frame
  const many = off.length > MANY_OFF
  return [
    ...(['failed', 'untrained', 'far'] as const).map((kind, i) => {
      const at = (p: Point): [number, number] => [x(p.place), edge + (many ? 8 * (i - 1) : 0)]
      const own = off.filter(p => kindOf(p, true) === kind)
      return marks(make, kind, (isDense(data) ? thinByCell(4, own, at) : own).map(at), {
        narrow,
        data,
        scale: many ? 0.7 : 1,
      })
    }),
    nameOff(frame).map(({ left, text }) => make('text', { ...paper, class: 'soft', x: left, y: edge + 4 }, text)),
  ]
}
