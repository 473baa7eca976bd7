/** The frontier's marks, from back to front. */
import type { Markish } from '@observablehq/plot'
import * as Plot from '@observablehq/plot'
import { metricText } from '../../../scripts/lib/format.ts'
import { gap } from '../svg.ts'
import { dots, isDense, thinByCell } from './dense.ts'
import type { Frame } from './frame.ts'
import { nameKept, nameOff } from './names.ts'
import type { Point } from './point.ts'
import { inNumbers, isUnknown } from './point.ts'

/** Text that starts at its point, vertically centred, with a background outline so that it is readable over a line. */
const words = { textAnchor: 'start', lineAnchor: 'middle', stroke: 'var(--paper)', strokeWidth: 4 } as const

export const marks = (frame: Frame): Markish[] => [
  noiseBand(frame),
  ...axes(frame),
  tried(frame),
  ofUnknownStatus(frame),
  Plot.line(frame.stairs, { x: 'place', y: 'best', curve: 'step-after', stroke: 'var(--keep)', strokeWidth: 1.5 }),
  ...namedKeeps(frame),
  ...edgeMarks(frame),
  ...ending(frame),
]

/** ±2σ of one run round the best so far. */
function noiseBand({ stairs, data: { sigma } }: Frame): Markish {
  if (!sigma) return null
  const edge = (k: number) => (corner: { best: number }) => corner.best + k * sigma
  return Plot.areaY(stairs, {
    x: 'place',
    y1: edge(-2),
    y2: edge(2),
    curve: 'step-after',
    fill: 'var(--band)',
    clip: true,
  })
}

function axes({ data: { metric, points }, yTicks, xTicks, margin, narrow }: Frame): Markish[] {
  const unit = metric.unit ? ` (${metric.unit})` : ''
  const title = `${metric.name}${unit}, ${metric.goal === 'minimize' ? 'lower' : 'higher'} is better`
  const counted = inNumbers(points) ? 'experiment' : 'verdict'
  const numberText = (n: number) => (n === 0 && !narrow ? `${counted} 0` : String(n))
  return [
    Plot.ruleY(yTicks.values, { stroke: 'var(--rule)', strokeWidth: 0.75, strokeDasharray: '1 3' }),
    Plot.axisX(xTicks, { tickSize: 4, tickPadding: 4, label: null, className: 'axis', tickFormat: numberText }),
    Plot.axisY(yTicks.values, {
      tickSize: 0,
      tickPadding: narrow ? 4 : 8,
      label: null,
      className: 'axis',
      tickFormat: yTicks.text,
    }),
    Plot.text([title], {
      frameAnchor: 'top-left',
      dx: -margin.left,
      dy: -36,
      text: d => d,
      className: 'axis title',
      textAnchor: 'start',
    }),
  ]
}

/** Discards: rings, smaller where there are many; dots in one path where there are thousands. */
function tried({ others: all, narrow, data, x, y }: Frame): Markish {
  const others = all.filter(p => !isUnknown(p))
  if (isDense(data)) {
    const shown = thinByCell(2, others, p => [x(p.place), y(p.value)]).map((p): [number, number] => [p.place, p.value])
    return dots(shown, 'tried', narrow ? 1.2 : 1.6, 'var(--mark)')
  }
  const dense = Math.min(1, Math.sqrt(400 / Math.max(1, data.points.length)))
  const r = (narrow ? 1.5 : 2.1) * Math.max(0.5, dense)
  return Plot.dot(others, {
    x: 'place',
    y: 'value',
    className: 'tried',
    r,
    stroke: 'var(--mark)',
    strokeWidth: narrow ? 0.8 : 1,
    fill: 'none',
  })
}

/** Measured, and not known whether they were kept: squares; where there are thousands, larger dots in one path. */
function ofUnknownStatus({ others, narrow, data, x, y }: Frame): Markish {
  const unknown = others.filter(isUnknown)
  if (unknown.length === 0) return null
  if (isDense(data)) {
    const shown = thinByCell(3, unknown, p => [x(p.place), y(p.value)]).map((p): [number, number] => [p.place, p.value])
    return dots(shown, 'unknown', narrow ? 2 : 2.6, 'var(--fill)')
  }
  return Plot.dot(unknown, {
    x: 'place',
    y: 'value',
    className: 'unknown',
    symbol: 'square',
    r: narrow ? 2.4 : 3.2,
    stroke: 'var(--ink)',
    strokeWidth: narrow ? 1 : 1.2,
    fill: 'none',
  })
}

/** Leaders and names, then the dots over them. */
function namedKeeps(frame: Frame): Markish[] {
  const { ix, iy, x, y, narrow, data } = frame
  const kept = isDense(data) ? thinByCell(3, frame.kept, p => [x(p.place), y(p.value)]) : frame.kept
  const names = nameKept(frame)
  const leaders = names.flatMap(name => (name.leader ? [name.leader] : []))
  return [
    Plot.link(leaders, {
      x1: l => ix(l[0]),
      y1: l => iy(l[1]),
      x2: l => ix(l[2]),
      y2: l => iy(l[3]),
      stroke: 'var(--mark)',
      strokeWidth: 0.75,
    }),
    Plot.text(names, {
      x: name => ix(name.at[0]),
      y: name => iy(name.at[1]),
      text: name => `${name.value}${gap}${name.label}`,
      className: 'named',
      ...words,
    }),
    Plot.dot(kept, {
      x: 'place',
      y: 'value',
      className: 'kept',
      r: narrow ? 2.6 : 3.6,
      fill: 'var(--keep)',
      stroke: 'var(--paper)',
      strokeWidth: 1,
    }),
  ]
}

/** Off the scale: a triangle that points there. Failed in training: a cross. Not trained: a diamond. */
function edgeMarks(frame: Frame): Markish[] {
  const { ix, iy, x, edge, data } = frame
  const y = iy(edge)
  const thin = (list: Point[]) => (isDense(data) ? thinByCell(4, list, p => [x(p.place), 0]) : list)
  const failed = frame.off.filter(p => p.status === 'crash' || p.status === 'timeout')
  const others = frame.off.filter(p => p.status !== 'crash' && p.status !== 'timeout')
  const untrained = others.filter(p => p.value === null)
  const far = others.filter(p => p.value !== null)
  const outline = { r: 3, stroke: 'var(--mark)', strokeWidth: 1.2, fill: 'none' }
  return [
    Plot.dot(thin(failed), {
      x: 'place',
      y,
      className: 'failed',
      symbol: 'times',
      r: 3.5,
      stroke: 'var(--crash)',
      strokeWidth: 1.6,
    }),
    Plot.dot(thin(untrained), { x: 'place', y, className: 'untrained', symbol: 'diamond', ...outline }),
    Plot.dot(thin(far), {
      x: 'place',
      y,
      className: 'far',
      symbol: 'triangle',
      rotate: data.metric.goal === 'minimize' ? 0 : 180,
      ...outline,
    }),
    Plot.text(nameOff(frame), { x: name => ix(name.left), y, text: 'text', className: 'soft', ...words }),
  ]
}

/** The best value at the end of the line, and above it the label of the band. */
function ending({ best, stairs, narrow, data: { sigma }, y }: Frame): Markish[] {
  const end = stairs.at(-1)
  if (!best || !end) return []
  const at = { x: end.place, y: end.best, ...words }
  const rise = sigma ? Math.max(14, Math.min(40, Math.abs(y(end.best) - y(end.best + 2 * sigma)))) : 0
  return [
    Plot.text([end], { ...at, dx: narrow ? 4 : 6, text: () => metricText(end.best), className: 'delta' }),
    sigma && !narrow ? Plot.text([end], { ...at, dx: 6, dy: -rise, text: () => '±2σ', className: 'soft' }) : null,
  ]
}
