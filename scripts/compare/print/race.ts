/** Formats the frontiers as a table of the best so far after some hours. Pure. */
import { gainText } from '../names.ts'
import type { Side } from '../schema.ts'
import { type Column, tableLines } from './columns.ts'
import type { Names } from './text.ts'

const moments = [0.1, 0.25, 0.5, 1, 2, 4, 8, 12, 16, 24, 48, 96, 168]
const MAX_MOMENTS = 5

/** Empty if fewer than two sides have times, or the sessions are too short. */
export function byHours(sides: Side[], names: Names, wide: number): string[] {
  const timed = sides.filter(
    side => side.hours !== null && side.frontier.length > 0 && side.frontier.every(step => step.hours !== null),
  )
  const longest = Math.max(0, ...timed.map(side => side.hours ?? 0))
  const shown = moments.filter(hour => hour <= longest).slice(-MAX_MOMENTS)
  if (timed.length < 2 || shown.length < 2) return []
  const columns: Column<Side>[] = [
    { head: '', cell: side => names.get(side.id) ?? side.id, shrinks: 'all' },
    ...shown.map(
      (hour): Column<Side> => ({
        head: hourText(hour),
        align: 'right',
        cell: side => (hour > (side.hours ?? 0) ? '·' : gainText(bestAt(side, hour))),
      }),
    ),
    { head: 'end', align: 'right', cell: side => gainText(side.frontier.at(-1)?.change ?? 0) },
  ]
  return tableLines(timed, columns, wide)
}

const hourText = (hour: number): string => (hour < 1 ? `${Math.round(hour * 60)} min` : `${hour} h`)

const bestAt = ({ frontier }: Pick<Side, 'frontier'>, hour: number): number =>
  frontier.findLast(step => (step.hours ?? 0) <= hour)?.change ?? 0
