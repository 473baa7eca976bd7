/** The ends of the lines: confirmed gains with their intervals, and names. */
import type { Make } from '../../components/compare/make.ts'
import { fitted, labelWidth } from '../text.ts'
import { type Frame, finalChange, INTERVAL_SPACING, type Line } from './frame.ts'
import { styleOf } from './lineStyle.ts'

const lineHeight = 15

/** Confirmed gains with their intervals side by side, then the names, each beside its line's end. */
export function ends(make: Make, named: Line[], frame: Frame): Element {
  const { right, top, bottom, y } = frame
  const inside = (v: number) => Math.min(bottom, Math.max(top, v))
  const count = named.filter(line => line.confirmed).length
  const names = right + (count > 0 ? count * INTERVAL_SPACING + 6 : 0) + 18
  const wanted = named.map(line => y(finalChange(line)))
  const spots = spread(wanted, top, bottom)
  const items = named.map((line, i) => ({ line, at: wanted[i] ?? 0, spot: spots[i] ?? 0 }))
  // From the lowest name to the highest, so that no leader crosses another.
  const order = items.filter(({ line }) => line.confirmed).sort((one, other) => other.spot - one.spot)
  const places = new Map(order.map(({ line }, i) => [line, right + 8 + i * INTERVAL_SPACING]))
  return make(
    'g',
    { class: 'ends' },
    items.map(({ line, at, spot }) => {
      const { colour } = styleOf(line.styleKey)
      const place = places.get(line)
      const [low, high] = line.confirmed?.interval ?? [0, 0]
      return [
        place === undefined
          ? null
          : make(
              'g',
              { class: 'confirmed' },
              make('line', {
                x1: place,
                x2: place,
                y1: inside(y(low)),
                y2: inside(y(high)),
                stroke: colour,
                'stroke-width': 1.5,
              }),
              [low, high].map(end =>
                inside(y(end)) === y(end) ? null : beyond(make, place, inside(y(end)), y(end), colour),
              ),
              make('circle', {
                cx: place,
                cy: inside(at),
                r: 3,
                fill: line.confirmed?.isBetter ? colour : 'var(--paper)',
                stroke: colour,
                'stroke-width': 1.5,
              }),
            ),
        make('line', {
          x1: place === undefined ? right + 2 : place + 5,
          x2: names - 4,
          y1: inside(at),
          y2: spot,
          stroke: colour,
          'stroke-width': 0.75,
        }),
        nameOf(make, line, names, spot, frame),
      ]
    }),
  )
}

/** An arrowhead where an interval goes on beyond the frame. */
function beyond(make: Make, x: number, edge: number, end: number, stroke: string): Element {
  const foot = end < edge ? edge + 5 : edge - 5
  return make('path', {
    d: `M${x - 3},${foot}L${x},${edge}L${x + 3},${foot}`,
    fill: 'none',
    stroke,
    'stroke-width': 1.5,
  })
}

function nameOf(make: Make, line: Line, x: number, y: number, { width, narrow }: Frame): Element {
  const value = narrow ? line.brief : line.value
  const room = width - x - labelWidth(value, true) - 8
  return make(
    'text',
    { x, y: y + 4, 'text-anchor': 'start', class: 'named' },
    make('tspan', { class: 'delta-ink' }, value),
    room < 12 ? null : `\u2002${fitted(line.name, room)}`,
  )
}

/** Heights near the wanted ones, one text line apart, inside the frame as long as they fit there. */
export function spread(wanted: number[], top: number, bottom: number): number[] {
  const order = wanted.map((at, i) => ({ at, i })).sort((a, b) => a.at - b.at || a.i - b.i)
  const out: number[] = []
  const limit = (k: number) => bottom - (order.length - 1 - k) * lineHeight
  let above = top - lineHeight
  for (const [k, { at, i }] of order.entries()) {
    above = Math.max(above + lineHeight, Math.min(at, limit(k)))
    out[i] = above
  }
  return out
}
