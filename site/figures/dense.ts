/** Thousands of marks: what would lie on each other is drawn once, and what is left as one element where it can be. */
import type { RenderFunction } from '@observablehq/plot'

/** Up to so many experiments each has a mark of its own. */
const few = 1500

/** The first of those that share a little square of the drawing. @param at pixels @param cell its side in pixels */
export function apartBy<T>(cell: number, list: T[], at: (item: T) => [x: number, y: number]): T[] {
  if (list.length === 0) return list
  const taken = new Set<string>()
  return list.filter(item => {
    const place = at(item)
      .map(v => Math.floor(v / cell))
      .join()
    return !taken.has(place) && taken.add(place)
  })
}

export const isDense = ({ points }: { points: unknown[] }): boolean => points.length > few

/** Dots of one size as a single path: lines without length, whose ends are round. @param places in pixels */
export const dots =
  (places: [x: number, y: number][], className: string, diameter: number, colour: string): RenderFunction =>
  (_index, _scales, _values, _size, { document }) => {
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
    path.setAttribute('d', places.map(([x, y]) => `M${x.toFixed(1)} ${y.toFixed(1)}h0`).join(''))
    path.setAttribute('class', className)
    path.setAttribute('fill', 'none')
    path.setAttribute('stroke', colour)
    path.setAttribute('stroke-width', String(diameter))
    path.setAttribute('stroke-linecap', 'round')
    return path
  }
