/** Thousands of marks: overlapping ones are drawn once, the others as a single element where possible. */
import type { RenderFunction } from '@observablehq/plot'

/** Up to this number each experiment has its own mark. */
const MAX_SEPARATE_MARKS = 1500

/** Keeps the first item of each square cell of the drawing. @param cell side in pixels @param at position in pixels */
export function thinByCell<T>(cell: number, list: T[], at: (item: T) => [x: number, y: number]): T[] {
  if (list.length === 0) return list
  const taken = new Set<string>()
  return list.filter(item => {
    const place = at(item)
      .map(v => Math.floor(v / cell))
      .join()
    return !taken.has(place) && taken.add(place)
  })
}

export const isDense = ({ points }: { points: unknown[] }): boolean => points.length > MAX_SEPARATE_MARKS

/** Dots of one size as a single path: lines of zero length with round ends. @param places in data units */
export const dots = (places: [x: number, y: number][], className: string, diameter: number, colour: string) =>
  onePath(className, { stroke: colour, 'stroke-width': String(diameter), 'stroke-linecap': 'round' }, (x, y) =>
    places.map(place => `M${x(place[0])} ${y(place[1])}h0`),
  )

/** Vertical strokes as a single path. @param strokes in data units */
export const verticals = (
  strokes: { x: number; y1: number; y2: number }[],
  className: string,
  width: number,
  colour: string,
) =>
  onePath(className, { stroke: colour, 'stroke-width': String(width) }, (x, y) =>
    strokes.map(s => `M${x(s.x)} ${y(s.y1)}V${y(s.y2)}`),
  )

type ToPixels = (value: number) => string

/** A Plot mark that renders all its parts as one element. */
const onePath =
  (className: string, paint: Record<string, string>, parts: (x: ToPixels, y: ToPixels) => string[]): RenderFunction =>
  (_index, scales, _values, _size, { document }) => {
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
    const pixels = (scale: ((v: number) => number) | undefined) => (value: number) => (scale?.(value) ?? 0).toFixed(1)
    const look = { class: className, fill: 'none', ...paint, d: parts(pixels(scales.x), pixels(scales.y)).join('') }
    for (const [name, value] of Object.entries(look)) path.setAttribute(name, value)
    return path
  }
