/** The right end: the best value beside its line, and what confirm found as a square with its 95% interval. */
import { briefMetric } from '../../../scripts/analysis/numbers.ts'
import { metricText } from '../../../scripts/lib/format.ts'
import type { Child, Make } from '../../components/compare/make.ts'
import type { Box } from '../labels.ts'
import type { Layout } from './frame.ts'
import type { ConfirmedMark, FrontierData } from './point.ts'
import { px } from './shapes.ts'

/** Half the width of the square and of the interval's caps, in pixels. */
const HALF = 4

/** Pixels from the end of the line to the texts beside it. */
export const endGap = ({ confirmed }: FrontierData, narrow: boolean): number => (confirmed ? (narrow ? 18 : 26) : 6)

/** The two lines of text beside the mark, the first bold. */
export function confirmedLines({ value, change, word }: ConfirmedMark, narrow: boolean): [string, string] {
  const half = /±.*/.exec(change)?.[0] ?? ''
  return narrow ? [briefMetric(value), half] : [`${word} ${briefMetric(value)}`, change]
}

/** Where the mark and the texts are, in pixels. */
interface Places {
  /** Left edge of the texts. */
  left: number
  /** Vertical centres; null where there is no such text. */
  best: number | null
  confirmed: number | null
  /** Centre of the confirmed mark. */
  mark: number
}

function placesOf(frame: Layout): Places {
  const { data, narrow, width, height, margin, best, y } = frame
  const left = width - margin.right + endGap(data, narrow)
  const mark = width - margin.right + (narrow ? 9 : 13)
  const [top, bottom] = [margin.top + 8, height - margin.bottom - 8]
  const inside = (at: number, half: number) => Math.min(bottom - half, Math.max(top + half, at))
  const wanted = {
    best: best && inside(y(best.value), 0),
    confirmed: data.confirmed && inside(y(data.confirmed.value), 7),
  }
  if (wanted.best === null || wanted.confirmed === null) return { left, mark, ...wanted }
  // One line and two lines need 23 pixels between their centres.
  const apart = 23 - Math.abs(wanted.confirmed - wanted.best)
  if (apart <= 0) return { left, mark, best: wanted.best, confirmed: wanted.confirmed }
  const below = wanted.confirmed >= wanted.best ? 1 : -1
  const confirmed = inside(wanted.confirmed + below * apart, 7)
  return { left, mark, confirmed, best: confirmed - below * 23 }
}

export function drawEnding(make: Make, frame: Layout): Child[] {
  const { data, best, narrow } = frame
  const { left, mark, ...at } = placesOf(frame)
  const text = (y: number, className: string, words: string) =>
    make(
      'text',
      { x: left, y: y + 4, class: className, 'text-anchor': 'start', stroke: 'var(--paper)', 'stroke-width': 4 },
      words,
    )
  const [first, second] = data.confirmed ? confirmedLines(data.confirmed, narrow) : ['', '']
  return [
    best && at.best !== null && text(at.best, 'delta', metricText(best.value)),
    data.confirmed && intervalMark(make, frame, data.confirmed, mark),
    data.confirmed &&
      at.confirmed !== null && [text(at.confirmed - 7, 'delta-ink', first), text(at.confirmed + 7, 'soft', second)],
  ]
}

/** Where an end of the interval lies beyond the axis, an arrow points there instead of a cap. */
function intervalMark(
  make: Make,
  { y, margin, height }: Layout,
  { value, interval }: ConfirmedMark,
  x: number,
): Element {
  const [top, bottom] = [margin.top, height - margin.bottom]
  const [upper, lower] = interval.map(y).sort((a, b) => a - b) as [number, number]
  const ends = [
    { at: Math.max(top, upper), shape: upper < top ? ARROW_UP : CAP },
    { at: Math.min(bottom, lower), shape: lower > bottom ? ARROW_DOWN : CAP },
  ] as const
  return make(
    'g',
    { class: 'confirmed', transform: `translate(${x.toFixed(1)},0)` },
    confirmedSample(make, y(value), ends),
  )
}

const CAP = `m${-HALF} 0h${2 * HALF}`
const ARROW_UP = `m${-HALF} 6l${HALF} -6l${HALF} 6`
const ARROW_DOWN = `m${-HALF} -6l${HALF} 6l${HALF} -6`

interface End {
  at: number
  shape: string
}

/** The mark at x = 0. @param at its centre in pixels @param ends of its interval */
export const confirmedSample = (
  make: Make,
  at: number,
  [upper, lower]: readonly [End, End] = [
    { at: at - 6, shape: CAP },
    { at: at + 6, shape: CAP },
  ],
): Element[] => [
  make('path', {
    d: `M0 ${px(upper.at)}V${px(lower.at)}M0 ${px(upper.at)}${upper.shape}M0 ${px(lower.at)}${lower.shape}`,
    fill: 'none',
    stroke: 'var(--ink)',
    'stroke-width': 1.5,
  }),
  make('rect', { x: -3, y: at - 3, width: 6, height: 6, fill: 'var(--ink)' }),
]

/** Boxes that names must avoid. */
export function endingBoxes(frame: Layout): Box[] {
  const { data, width, margin, height, y } = frame
  const { left, best, confirmed, mark } = placesOf(frame)
  const column = (x0: number, x1: number, y0: number, y1: number): Box => ({ x0, x1, y0, y1 })
  const ends = data.confirmed?.interval.map(v => Math.min(height - margin.bottom, Math.max(margin.top, y(v)))) ?? []
  return [
    ...(best === null ? [] : [column(left - 2, width, best - 8, best + 8)]),
    ...(confirmed === null
      ? []
      : [
          column(left - 2, width, confirmed - 15, confirmed + 15),
          column(mark - HALF - 1, mark + HALF + 1, Math.min(...ends) - 2, Math.max(...ends) + 2),
        ]),
  ]
}
