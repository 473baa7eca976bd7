/** The response curve's marks: tries, first value, best value, machine names. */
import type { Markish } from '@observablehq/plot'
import * as Plot from '@observablehq/plot'
import { minus } from '../../../scripts/lib/format.ts'
import { dots, isDense, thinByCell } from '../frontier/dense.ts'
import { type Box, overlap } from '../labels.ts'
import { size } from '../svg.ts'
import { textWidth } from '../text.ts'
import type { Response } from './responseData.ts'

/** Position of a try in pixels. */
type At = (t: { value: number; change: number | null }) => [x: number, y: number]

/**
 * A kept try is a dot, a discarded one a ring, an unmeasured one a cross on the worse edge; with thousands, fewer and
 * simpler marks.
 */
export function tryMarks({ tries }: Response, edge: number, at: At): Markish[] {
  const dense = isDense({ points: tries })
  const thin = (list: Response['tries']) => (dense ? thinByCell(6, list, at) : list)
  const measured = tries.filter(t => t.change !== null)
  const discarded = thin(measured.filter(t => t.status !== 'keep'))
  const ring = { r: 3, stroke: 'var(--mark)', strokeWidth: 1.2, fill: 'var(--paper)', className: 'tried' }
  const simple = discarded.map((t): [number, number] => [t.value, t.change ?? edge])
  return [
    dense ? dots(simple, 'tried', 3, 'var(--mark)') : Plot.dot(discarded, { x: 'value', y: 'change', ...ring }),
    Plot.dot(thin(measured.filter(t => t.status === 'keep')), {
      x: 'value',
      y: 'change',
      r: 3.6,
      fill: 'var(--keep)',
      stroke: 'var(--paper)',
      className: 'kept',
    }),
    Plot.dot(thin(tries.filter(t => t.change === null)), {
      x: 'value',
      y: edge,
      symbol: 'times',
      r: 3.5,
      stroke: 'var(--crash)',
      strokeWidth: 1.6,
      className: 'failed',
    }),
  ]
}

/** The sessions' first value, an open square at zero, and the best. */
export function namedValues({ line, best, lowerIsBetter }: Response, narrow: boolean): Markish[] {
  const top = bestPoint({ line, best })
  const words = { textAnchor: 'middle', stroke: 'var(--paper)', strokeWidth: 4 } as const
  return [
    Plot.dot(
      line.filter(p => p.change === 0),
      {
        x: 'value',
        y: 'change',
        symbol: 'square',
        r: 3.5,
        stroke: 'var(--ink)',
        fill: 'var(--paper)',
        className: 'start',
      },
    ),
    Plot.text(top ? [top] : [], {
      x: 'value',
      y: 'change',
      dy: lowerIsBetter ? 15 : -15,
      ...words,
      className: 'delta',
      text: p => bestLabel(p, narrow),
    }),
  ]
}

/** The best value, which has a label unless it is the first. */
const bestPoint = ({ line, best }: Pick<Response, 'line' | 'best'>) => line.find(p => p.raw === best && p.change !== 0)

const bestLabel = ({ raw, change }: Response['line'][number], narrow: boolean): string =>
  `${narrow ? '' : `${raw}: `}${percentText(change, 2)}`

/** A machine's name at the last of its tries, where there are several machines and the names do not overlap a label. */
export function machineNames({ tries, line, best, lowerIsBetter }: Response, at: At): Markish {
  const last = new Map(tries.filter(t => t.change !== null).map(t => [t.machine, t]))
  if (new Set(tries.map(t => t.machine)).size < 2) return null
  const top = bestPoint({ line, best })
  const boxes: Box[] = []
  if (top) {
    const [x, y] = at(top)
    const [half, below] = [textWidth(bestLabel(top, false), size) / 2 + 4, lowerIsBetter ? 15 : -15]
    boxes.push({ x0: x - half, x1: x + half, y0: y + below - 9, y1: y + below + 9 })
  }
  const free = [...last.values()].filter(t => {
    const [x, y] = at(t)
    const box = { x0: x + 8, x1: x + 12 + textWidth(t.machine, size), y0: y + 4, y1: y + 20 }
    return boxes.every(other => !overlap(other, box)) && boxes.push(box)
  })
  return Plot.text(free, {
    x: 'value',
    y: 'change',
    dx: 8,
    dy: 12,
    text: 'machine',
    className: 'soft',
    textAnchor: 'start',
    stroke: 'var(--paper)',
    strokeWidth: 4,
  })
}

export const percentText = (value: number, digits: number): string =>
  `${value > 0 ? '+' : ''}${minus(Number(value.toPrecision(digits)).toString())}%`
