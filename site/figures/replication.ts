/**
 * What nights found for a change: a disc and its 95% interval a night, a lozenge for all together, one axis for all rows.
 * A disc is filled where the interval leaves out nothing at all.
 */
import type { Make } from '../components/compare/make.ts'
import { styleOf } from './hand.ts'
import { ticks, usualReach } from './scale.ts'

/** Percent of the baseline, positive where better; `interval` null where no noise is known. */
export interface Effect {
  gain: number
  interval: [number, number] | null
}

const width = 240
const height = 22
const pad = 8

/** Half the axis, in percent: what lies beyond is cut off there and marked. */
export function axisOf(effects: Effect[]): number {
  const sizes = effects.map(({ gain }) => Math.abs(gain))
  const usual = usualReach(sizes)
  const most = Math.max(0, ...sizes.filter(size => size <= usual))
  const ends = effects.flatMap(({ interval }) => interval ?? []).map(Math.abs)
  return Math.min(Math.max(most, ...ends), 2 * most) * 1.1 || 1
}

const across = (value: number, half: number): number => width / 2 + (value / half) * (width / 2 - pad)
const within = (x: number): number => Math.min(width - 2, Math.max(2, x))

/** The axis's numbers, to stand once above the rows. */
export function effectAxis(make: Make, half: number): Element {
  const { values, text } = ticks([-half, half], 2)
  return frame(
    make,
    null,
    make(
      'g',
      { class: 'axis' },
      values.map(v => make('text', { x: across(v, half), y: 15 }, `${v > 0 ? '+' : ''}${text(v)}%`)),
    ),
  )
}

/** @param hand colour of the night; null: of all nights together */
export function effectRow(
  make: Make,
  { gain, interval }: Effect,
  half: number,
  hand: [number, number] | null,
): Element {
  const middle = height / 2
  const [low, high] = (interval ?? [gain, gain]).map(v => within(across(v, half))) as [number, number]
  const at = across(gain, half)
  const colour = hand ? styleOf(hand).colour : 'var(--ink)'
  const sure = interval !== null && interval[0] * interval[1] > 0
  const mark = hand
    ? make('circle', {
        cx: at,
        cy: middle,
        r: 3.5,
        fill: sure ? colour : 'var(--paper)',
        stroke: colour,
        'stroke-width': 1.5,
      })
    : make('polygon', { points: lozenge(low, at, high, middle), fill: 'var(--ink)' })
  return frame(
    make,
    `${spoken(gain)}${interval ? `, 95% interval ${spoken(interval[0])} to ${spoken(interval[1])}` : ''}`,
    make('line', { x1: width / 2, x2: width / 2, y1: 0, y2: height, stroke: 'var(--rule)' }),
    interval && hand
      ? make('line', {
          x1: low,
          x2: high,
          y1: middle,
          y2: middle,
          stroke: colour,
          'stroke-width': 1.5,
          class: 'interval',
        })
      : null,
    within(at) === at ? mark : beyond(make, at, colour),
  )
}

function frame(make: Make, label: string | null, ...children: Parameters<Make>[2][]): Element {
  return make(
    'svg',
    {
      ...{ viewBox: `0 0 ${width} ${height}`, width, height, class: 'plot effect', 'text-anchor': 'middle' },
      ...(label === null ? { 'aria-hidden': 'true' } : { role: 'img', 'aria-label': label }),
    },
    ...children,
  )
}

const lozenge = (low: number, at: number, high: number, y: number): string =>
  `${low},${y} ${within(at)},${y - 4.5} ${high},${y} ${within(at)},${y + 4.5}`

/** A triangle on the edge points to where it lies. */
function beyond(make: Make, at: number, colour: string): Element {
  const [tip, foot] = at < 0 ? [1, 8] : [width - 1, width - 8]
  return make('polygon', { points: `${tip},11 ${foot},7 ${foot},15`, fill: colour, class: 'beyond' })
}

const spoken = (percent: number): string => `${Number(percent.toPrecision(2))}%`
