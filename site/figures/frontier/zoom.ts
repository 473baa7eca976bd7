/**
 * A zoomed range of a session, selected with the pointer, by keys or by a button (scripts/zoom.ts): marks are farther apart,
 * the y scale fits the range, and its kept changes have names. The browser draws it from two attributes of the figure:
 * `data-zoom` (`zoomText`) and `data-tips`, which has the texts.
 */
import { metricText } from '../../../scripts/lib/format.ts'
import type { Make } from '../../components/compare/make.ts'
import { type Place, placesText } from '../tips.ts'
import { drawFrontier } from './draw.ts'
import type { Layout, ZoomRange } from './frame.ts'
import { layOut } from './layout.ts'
import { type FrontierData, inNumbers, type Point, withTips } from './point.ts'

export type { ZoomRange } from './frame.ts'

export interface ZoomData extends FrontierData {
  /** Points with a tooltip, in the order of the tooltips. */
  tipped: Point[]
}

/** Shorter sessions need no zoom. */
const MIN_POINTS = 50
/** The first steps of a session are often its largest, and flatten the rest: the button shows what comes after them. */
export const AFTER_FIRST_STEPS = 10

type Row = [place: number, value: number | null, status: number, tipped: 0 | 1, gain: number | null, sure: 0 | 1 | null]

/** The numbers that drawing needs of each experiment, as JSON; undefined for a session that needs no zoom. */
export function zoomText({ metric, sigma, paired, confirmed, points }: FrontierData): string | undefined {
  if (points.length <= MIN_POINTS) return undefined
  const tipped = new Set(withTips(points))
  const statuses = [...new Set(points.map(p => p.status))]
  const rows = points.map((p): Row => {
    const sure = p.sure === null ? null : p.sure ? 1 : 0
    const status = statuses.indexOf(p.status)
    return [p.place, short(p.value, 10), status, tipped.has(p) ? 1 : 0, short(p.gain, 4), sure]
  })
  return JSON.stringify({ metric, sigma, paired, confirmed, statuses, rows })
}

const short = (value: number | null, digits: number) => (value === null ? null : Number(value.toPrecision(digits)))

/** @param text by `zoomText` @param tips by `tipsText` */
export function readZoomText(text: string, tips: string): ZoomData {
  // The same build wrote this text into the page; a schema would be most of the script's size.
  const { statuses, rows, ...session } = JSON.parse(text) as Omit<FrontierData, 'points'> & {
    statuses: Point['status'][]
    rows: Row[]
  }
  const lines = tips.split('\n')
  const tipped: Point[] = []
  const points = rows.map(([place, value, status, hasTip, gain, sureness]): Point => {
    const [, head = '', ...rest] = hasTip ? (lines[tipped.length] ?? '').split('\t') : []
    // The last line is the value, so a description exists only with two lines or more.
    const description = rest.length > 1 ? (rest[0] ?? '') : ''
    const number = hasTip ? Number.parseInt(head, 10) : place
    const sure = sureness === null ? null : sureness === 1
    const p = { number, place, value, status: statuses[status] ?? 'discard', description, gain, best: null, sure }
    if (hasTip) tipped.push(p)
    return p
  })
  return { ...session, points, tipped }
}

/** "Experiments 310 to 420" */
export const zoomRangeText = ({ tipped }: ZoomData, [from, to]: ZoomRange): string =>
  `${inNumbers(tipped) ? 'Experiments' : 'Verdicts'} ${from} to ${to}`

/** Three widths, of which the style sheet shows one. */
export const zoomFigure = (make: Make, session: ZoomData, range: ZoomRange): Element[] =>
  (
    [
      [1000, 'at-wide'],
      [720, 'at-middle'],
      [350, 'at-narrow'],
    ] as const
  ).map(([width, className]) => {
    const frame = layOut(session, width, range)
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
      drawFrontier(make, frame),
    )
  })

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
