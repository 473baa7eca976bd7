/** The response curve's marks: tries, the value of the beginning, the best, and whose tries they are. */
import type { Markish } from '@observablehq/plot'
import * as Plot from '@observablehq/plot'
import { minus } from '../../scripts/lib/format.ts'
import type { Response } from './response.ts'

/** Kept a disc, discarded a ring, not measured a cross on the worse edge. */
export function tryMarks({ tries }: Response, edge: number): Markish[] {
  const measured = tries.filter(t => t.change !== null)
  return [
    Plot.dot(
      measured.filter(t => t.status !== 'keep'),
      {
        x: 'value',
        y: 'change',
        r: 3,
        stroke: 'var(--mark)',
        strokeWidth: 1.2,
        fill: 'var(--paper)',
        className: 'tried',
      },
    ),
    Plot.dot(
      measured.filter(t => t.status === 'keep'),
      { x: 'value', y: 'change', r: 3.6, fill: 'var(--keep)', stroke: 'var(--paper)', className: 'kept' },
    ),
    Plot.dot(
      tries.filter(t => t.change === null),
      { x: 'value', y: edge, symbol: 'times', r: 3.5, stroke: 'var(--crash)', strokeWidth: 1.6, className: 'failed' },
    ),
  ]
}

/** The value of the nights' beginning, an open square at nothing, and the best. */
export function named({ line, best, lowerIsBetter }: Response, narrow: boolean): Markish[] {
  const top = line.find(p => p.raw === best)
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
    Plot.text(top && top.change !== 0 ? [top] : [], {
      ...{ x: 'value', y: 'change', dy: lowerIsBetter ? 15 : -15, ...words, className: 'delta' },
      text: p => `${narrow ? '' : `${p.raw}: `}${percentText(p.change, 2)}`,
    }),
  ]
}

/** The machine's name at the last of its tries, where there are several. */
export function machines({ tries }: Response): Markish {
  const last = new Map(tries.filter(t => t.change !== null).map(t => [t.machine, t]))
  if (new Set(tries.map(t => t.machine)).size < 2) return null
  return Plot.text(last.values(), {
    ...{ x: 'value', y: 'change', dx: 8, dy: 12, text: 'machine', className: 'soft', textAnchor: 'start' },
    ...{ stroke: 'var(--paper)', strokeWidth: 4 },
  })
}

export const percentText = (value: number, digits: number): string =>
  `${value > 0 ? '+' : ''}${minus(Number(value.toPrecision(digits)).toString())}%`
