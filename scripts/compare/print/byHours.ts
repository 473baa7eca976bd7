/** Formats the frontiers as a table of the best so far after some hours. Pure. */
import { betterText, relativeSigned } from '../../analysis/relative.ts'
import { list } from '../names.ts'
import type { Side } from '../schema.ts'
import { type Column, tableLines, wrapped } from './columns.ts'
import type { Names } from './text.ts'

const moments = [0.1, 0.25, 0.5, 1, 2, 4, 8, 12, 16, 24, 48, 96, 168]
const MAX_MOMENTS = 5

/** Empty unless two sides have times and are long enough. */
export function byHours(sides: Side[], names: Names, wide: number): string[] {
  const timed = sides.filter(
    side => side.hours !== null && side.frontier.length > 0 && side.frontier.every(step => step.hours !== null),
  )
  // Beyond the second-longest session there is nothing to compare.
  const second = timed.map(side => side.hours ?? 0).sort((a, b) => b - a)[1] ?? 0
  const shown = moments.filter(hour => hour <= second).slice(-MAX_MOMENTS)
  if (shown.length === 0) return []
  const columns: Column<Side>[] = [
    { head: 'session', cell: side => names.get(side.id) ?? side.id, shrinks: 'all' },
    ...shown.map(
      (hour): Column<Side> => ({
        head: hourText(hour),
        align: 'right',
        cell: side => (hour > (side.hours ?? 0) ? '·' : relativeSigned(bestAt(side, hour), side.metric.goal)),
      }),
    ),
    {
      head: 'end',
      align: 'right',
      cell: side => relativeSigned(side.frontier.at(-1)?.change ?? 0, side.metric.goal),
    },
  ]
  const ways = new Set(timed.map(({ metric }) => `${metric.name}: ${betterText(metric.goal)}`))
  const ended = timed.some(side => shown.some(hour => hour > (side.hours ?? 0))) ? ' “·”: the session had ended.' : ''
  const note = `Best single run by then, relative to the baseline. ${list([...ways])}.${ended}`
  return [...tableLines(timed, columns, wide), ...wrapped(note, wide, '  ')]
}

const hourText = (hour: number): string => (hour < 1 ? `${Math.round(hour * 60)} min` : `${hour} h`)

const bestAt = ({ frontier }: Pick<Side, 'frontier'>, hour: number): number =>
  frontier.findLast(step => (step.hours ?? 0) <= hour)?.change ?? 0
