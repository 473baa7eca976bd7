/**
 * Effects of a change: a dot with its 95% interval per session, a diamond for all together, one axis for all rows. A
 * dot is filled where the interval excludes zero. What lies off the axis is marked at its edge.
 */

import { minus } from '../../../scripts/lib/format.ts'
import type { Child, Make } from '../../components/compare/make.ts'
import { ticks } from '../scale.ts'
import { labelWidth } from '../text.ts'
import { styleOf } from './lineStyle.ts'

/** Percent of the baseline, in the metric's own sign; `interval` is null where no noise is known. */
export interface Effect {
  change: number
  interval: [number, number] | null
}

export const rowHeight = 22
const pad = 8

/** Two widths, of which the style sheet shows one. */
const twoWidths = (draw: (width: number, className: string) => Element): Element[] => [
  draw(240, 'at-wide at-middle'),
  draw(88, 'at-narrow'),
]

/** Effects that reach this many times further than three quarters of all are off the axis. */
const OFF_AXIS = 2.5

/** Half the axis in percent: it holds all effects with their intervals, but for a few that would flatten the others. */
export function axisOf(effects: Effect[]): number {
  const reaches = effects.map(reachOf).sort((a, b) => a - b)
  const usual = reaches[Math.floor((reaches.length - 1) * 0.75)] ?? 0
  return Math.min(reaches.at(-1) ?? 0, OFF_AXIS * usual || Number.POSITIVE_INFINITY) * 1.1 || 1
}

/** How far an effect and its interval reach from zero. */
const reachOf = ({ change, interval }: Effect): number => Math.max(...[change, ...(interval ?? [])].map(Math.abs))

const xOf = (value: number, half: number, width: number): number => width / 2 + (value / half) * (width / 2 - pad)

/** The axis labels, shown once above the rows. */
export const effectAxis = (make: Make, half: number): Element[] =>
  twoWidths((width, name) => frame(make, { width, name, label: null }, axisTexts(make, half, width)))

/** The axis labels without an <svg>; baseline at 15 pixels. */
export function axisTexts(make: Make, half: number, width: number): Element {
  const { values, text } = ticks([-half, half], width > 200 ? 4 : 2)
  const ends = ticks([0, half], 1)
    .values.filter(v => v > 0)
    .slice(-1)
  // A narrow axis has room for its ends; the line at zero is in each row.
  const shown = width > 200 && values.length > 1 ? values : ends.flatMap(v => [-v, v])
  const label = (v: number) => `${v > 0 ? '+' : ''}${text(v)}%`
  const inside = (x: number, room: number) => Math.min(width - room, Math.max(room, x))
  return make(
    'g',
    { class: 'axis' },
    shown.map(v => make('text', { x: inside(xOf(v, half, width), labelWidth(label(v)) / 2), y: 15 }, label(v))),
  )
}

/** @param styleKey colour of the session; null: all sessions together */
export const effectRow = (make: Make, effect: Effect, half: number, styleKey: [number, number] | null): Element[] =>
  twoWidths((width, name) => row(make, { effect, half, styleKey, width, name }))

interface Drawn {
  effect: Effect
  half: number
  styleKey: [number, number] | null
  width: number
  name: string
}

const row = (make: Make, { effect, half, styleKey, width, name }: Drawn): Element =>
  frame(
    make,
    { width, name, label: effectLabel(effect) },
    make('line', { x1: width / 2, x2: width / 2, y1: 0, y2: rowHeight, stroke: 'var(--rule)' }),
    effectMarks(make, effect, { half, styleKey, width }),
  )

/** Marks of a row of `rowHeight` on an axis of `width` pixels; `styleKey` null: all sessions together. */
export function effectMarks(
  make: Make,
  { change, interval }: Effect,
  { half, styleKey, width }: Pick<Drawn, 'half' | 'styleKey' | 'width'>,
): Child[] {
  const middle = rowHeight / 2
  const within = (x: number) => Math.min(width - 2, Math.max(2, x))
  const ends = (interval ?? [change, change]).map(v => xOf(v, half, width))
  const [low, high] = ends.map(within) as [number, number]
  const at = xOf(change, half, width)
  const colour = styleKey ? styleOf(styleKey).colour : 'var(--ink)'
  const sure = interval !== null && interval[0] * interval[1] > 0
  const mark = styleKey
    ? make('circle', {
        cx: at,
        cy: middle,
        r: 3.5,
        fill: sure ? colour : 'var(--paper)',
        stroke: colour,
        'stroke-width': 1.5,
      })
    : make('polygon', {
        points: diamond(Math.min(low, at - 4), at, Math.max(high, at + 4), middle),
        fill: 'var(--ink)',
      })
  return [
    interval && styleKey
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
    within(at) === at
      ? [
          mark,
          ends.map(end =>
            within(end) === end ? null : arrow(make, end < width / 2 ? [2, 6] : [width - 2, width - 6], colour),
          ),
        ]
      : offAxisMark(make, at < width / 2 ? [1, 8] : [width - 1, width - 8], colour),
  ]
}

function frame(
  make: Make,
  { width, name, label }: { width: number; name: string; label: string | null },
  ...children: Child[]
): Element {
  return make(
    'svg',
    {
      viewBox: `0 0 ${width} ${rowHeight}`,
      width,
      height: rowHeight,
      class: `plot effect ${name}`,
      'text-anchor': 'middle',
      ...(label === null ? { 'aria-hidden': 'true' } : { role: 'img', 'aria-label': label }),
    },
    ...children,
  )
}

const diamond = (low: number, at: number, high: number, y: number): string =>
  `${low},${y} ${at},${y - 4.5} ${high},${y} ${at},${y + 4.5}`

/** A triangle at the edge that points to an effect beyond the axis. */
const offAxisMark = (make: Make, [tip, foot]: [number, number], colour: string): Element =>
  make('polygon', { points: `${tip},11 ${foot},7 ${foot},15`, fill: colour, class: 'beyond' })

/** An arrowhead where an interval goes on beyond the axis. */
const arrow = (make: Make, [tip, foot]: [number, number], stroke: string): Element =>
  make('path', { d: `M${foot},8L${tip},11L${foot},14`, fill: 'none', stroke, 'stroke-width': 1.5, class: 'on' })

const percent = (value: number): string => minus(`${Number(value.toPrecision(2))}%`)

const effectLabel = ({ change, interval }: Effect): string =>
  `${percent(change)}${interval ? `, 95% interval ${percent(interval[0])} to ${percent(interval[1])}` : ''}`
