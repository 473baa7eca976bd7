/**
 * Effects of a change: a dot with its 95% interval per session, a diamond for all together, one axis for all rows. A
 * dot is filled where the interval excludes zero.
 */
import type { Child, Make } from '../../components/compare/make.ts'
import { ticks, usualReach } from '../scale.ts'
import { styleOf } from './lineStyle.ts'

/** Percent of the baseline, positive is better; `interval` is null where no noise is known. */
export interface Effect {
  gain: number
  interval: [number, number] | null
}

export const rowHeight = 22
const pad = 8

/** Two widths, of which the style sheet shows one. */
const twoWidths = (draw: (width: number, className: string) => Element): Element[] => [
  draw(240, 'at-wide at-middle'),
  draw(112, 'at-narrow'),
]

/** Half the axis in percent; effects beyond it are marked at the edge. */
export function axisOf(effects: Effect[]): number {
  const sizes = effects.map(({ gain }) => Math.abs(gain))
  const usual = usualReach(sizes)
  const most = Math.max(0, ...sizes.filter(size => size <= usual))
  const ends = effects.flatMap(({ interval }) => interval ?? []).map(Math.abs)
  return Math.min(Math.max(most, ...ends), 2 * most) * 1.1 || 1
}

const xOf = (value: number, half: number, width: number): number => width / 2 + (value / half) * (width / 2 - pad)

/** The axis labels, shown once above the rows. */
export const effectAxis = (make: Make, half: number): Element[] =>
  twoWidths((width, name) => frame(make, { width, name, label: null }, axisTexts(make, half, width)))

/** The axis labels without an <svg>; baseline at 15 pixels. */
export function axisTexts(make: Make, half: number, width: number): Element {
  const { values, text } = ticks([-half, half], width > 200 ? 4 : 2)
  const shown = values.length > 1 ? values : [0]
  return make(
    'g',
    { class: 'axis' },
    shown.map(v => make('text', { x: xOf(v, half, width), y: 15 }, `${v > 0 ? '+' : ''}${text(v)}%`)),
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
  { gain, interval }: Effect,
  { half, styleKey, width }: Pick<Drawn, 'half' | 'styleKey' | 'width'>,
): Child[] {
  const middle = rowHeight / 2
  const within = (x: number) => Math.min(width - 2, Math.max(2, x))
  const [low, high] = (interval ?? [gain, gain]).map(v => within(xOf(v, half, width))) as [number, number]
  const at = xOf(gain, half, width)
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
    within(at) === at ? mark : offAxisMark(make, at < 0 ? [1, 8] : [width - 1, width - 8], colour),
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

const percent = (value: number): string => `${Number(value.toPrecision(2))}%`

const effectLabel = ({ gain, interval }: Effect): string =>
  `${percent(gain)}${interval ? `, 95% interval ${percent(interval[0])} to ${percent(interval[1])}` : ''}`
