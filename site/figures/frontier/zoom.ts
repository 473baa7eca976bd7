/**
 * A zoomed range of a long session, selected with the pointer or by keys (scripts/zoom.ts): marks are farther apart,
 * the y scale fits the range, and its kept changes have names. The browser draws it from two attributes of the figure:
 * `data-zoom` (`zoomText`) and `data-tips`, which has the texts.
 */
import { metricText } from '../../../scripts/lib/format.ts'
import type { Make } from '../../components/compare/make.ts'
import { ticks } from '../scale.ts'
import { type Place, placesText } from '../tips.ts'
import { type Layout, margins, stairs, usualRange } from './layout.ts'
import type { Valued } from './point.ts'
import { type FrontierData, inNumbers, isUnknown, keptPoints, onFrontier, type Point, withTips } from './point.ts'
import { zoomMarks } from './zoomMarks.ts'

/** First and last position of the range. */
export type ZoomRange = [from: number, to: number]

export interface ZoomData extends FrontierData {
  /** Points with a tooltip, in the order of the tooltips. */
  tipped: Point[]
}

/** Shorter sessions need no zoom. */
const MIN_POINTS = 300

const statuses = ['keep', 'discard', 'crash', 'refused', 'unknown'] as const

type Row = [place: number, value: number | null, status: number, tipped: 0 | 1, gain: number | null]

/** The numbers that drawing needs of each experiment, as JSON; undefined for a session that needs no zoom. */
export function zoomText({ metric, sigma, paired, points }: FrontierData): string | undefined {
  if (points.length < MIN_POINTS) return undefined
  const kept = new Set<Point>(keptPoints(points))
  const tipped = new Set(withTips(points))
  const rows = points.map((p): Row => {
    const failed = p.status === 'crash' || p.status === 'timeout' ? 2 : 3
    const status = p.value === null ? failed : kept.has(p) ? 0 : isUnknown(p) ? 4 : 1
    return [p.place, short(p.value, 10), status, tipped.has(p) ? 1 : 0, short(p.gain, 4)]
  })
  return JSON.stringify({ metric, sigma, paired, rows })
}

const short = (value: number | null, digits: number) => (value === null ? null : Number(value.toPrecision(digits)))

/** @param text by `zoomText` @param tips by `tipsText` */
export function readZoomText(text: string, tips: string): ZoomData {
  // The same build wrote this text into the page; a schema would be most of the script's size.
  const { metric, sigma, paired, rows } = JSON.parse(text) as {
    metric: FrontierData['metric']
    sigma: number | null
    paired: boolean
    rows: Row[]
  }
  const lines = tips.split('\n')
  const tipped: Point[] = []
  const points = rows.map(([place, value, status, hasTip, gain]): Point => {
    const [, head = '', ...rest] = hasTip ? (lines[tipped.length] ?? '').split('\t') : []
    // The last line is the value, so a description exists only with two lines or more.
    const description = rest.length > 1 ? (rest[0] ?? '') : ''
    const number = hasTip ? Number.parseInt(head, 10) : place
    const p = { number, place, value, status: statuses[status] ?? 'discard', description, gain, best: null }
    if (hasTip) tipped.push(p)
    return p
  })
  return { metric, sigma, paired, points, tipped }
}

/** "Experiments 310 to 420" */
export const zoomRangeText = ({ tipped }: ZoomData, [from, to]: ZoomRange): string =>
  `${inNumbers(tipped) ? 'Experiments' : 'Verdicts'} ${from} to ${to}`

/** Three widths, of which the style sheet shows one. @param title heading of the drawing */
export const zoomFigure = (make: Make, session: ZoomData, range: ZoomRange, title: string): Element[] =>
  (
    [
      [1000, 'at-wide'],
      [720, 'at-middle'],
      [350, 'at-narrow'],
    ] as const
  ).map(([width, className]) => {
    const frame = layOut(session, range, width)
    return make(
      'svg',
      {
        viewBox: `0 0 ${width} ${frame.height}`,
        width,
        height: frame.height,
        role: 'img',
        'text-anchor': 'middle',
        'aria-label': label(session, range, frame),
        class: `plot ${className}`,
        'data-marks': placesText(places(session, range, frame)),
      },
      make('text', { x: 0, y: 12, class: 'axis', 'text-anchor': 'start' }, title),
      zoomMarks(make, frame),
    )
  })

function layOut(data: ZoomData, [from, to]: ZoomRange, width: number): Layout {
  const narrow = width < 600
  const height = narrow ? 330 : width < 800 ? 440 : 520
  const points = data.points.filter(p => p.place >= from && p.place <= to)
  const line = onFrontier(data)
  const kept = keptPoints(points)
  // The best at the start of the range.
  const before = line.findLast(p => p.place < from)
  const levels = [...(before ? [{ ...before, place: from }] : []), ...line.filter(p => points.includes(p))]
  const measured = points.filter((p): p is Valued => p.value !== null && !kept.includes(p as Valued))
  const domain = usualRange(data, [...levels, ...kept], measured)
  const yTicks = levels.length + measured.length === 0 ? { values: [], text: String } : ticks(domain, narrow ? 3 : 4)
  const best = levels.at(-1) ?? null
  const margin = margins(yTicks, best, narrow)
  const up = data.metric.goal === 'maximize'
  const [left, right] = [margin.left, width - margin.right]
  const [low, high] = up ? [height - margin.bottom - 16, margin.top] : [height - margin.bottom, margin.top + 12]
  const inside = (p: Point) => p.value !== null && p.value >= domain[0] && p.value <= domain[1]
  return {
    data,
    width,
    height,
    narrow,
    margin,
    kept,
    best,
    yTicks,
    others: measured.filter(inside),
    off: points.filter(p => !inside(p)),
    stairs: stairs(levels, to),
    xTicks: [from, ...inner([from, to], narrow), to],
    edge: up ? height - margin.bottom - 4 : margin.top,
    x: place => left + ((place - from) / (to - from)) * (right - left),
    y: value => low - ((value - domain[0]) / (domain[1] - domain[0])) * (low - high),
  }
}

/** Round numbers, not too near the ends. */
function inner([from, to]: ZoomRange, narrow: boolean): number[] {
  const room = (to - from) * (narrow ? 0.16 : 0.08)
  return ticks([from, to], narrow ? 2 : 5).values.filter(v => Number.isInteger(v) && v - from > room && to - v > room)
}

function places({ tipped }: ZoomData, [from, to]: ZoomRange, { off, edge, x, y }: Layout): Place[] {
  const far = new Set(off)
  return tipped.map(p =>
    p.place < from || p.place > to ? null : [x(p.place), p.value === null || far.has(p) ? edge : y(p.value)],
  )
}

function label(session: ZoomData, range: ZoomRange, { kept, stairs, best }: Layout): string {
  const words = zoomRangeText(session, range)
  const first = stairs[0]
  if (!first || !best) return `${words}, none of which measured ${session.metric.name}.`
  return `${words}: best ${session.metric.name} so far from ${metricText(first.best, [best.value])} to ${metricText(best.value, [first.best])}, ${kept.length} kept.`
}
