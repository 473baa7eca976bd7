/** Formats the result of each side as a table. Pure. */

import { relativePlusMinus } from '../../analysis/relative.ts'
import { widthOf } from '../../lib/terminal/width.ts'
import { confirmText, halfOf, singleRunText, verdictText } from '../result.ts'
import type { Side } from '../schema.ts'
import { type Column, tableLines, wrapped } from './columns.ts'
import type { Names } from './text.ts'

export function results(sides: Side[], names: Names, wide: number): string[] {
  const whole = tableLines(sides, columnsOf(names, confirmText), wide)
  // Without the number of seeds it is narrower.
  const fits = whole.every(line => widthOf(line) <= wide)
  const table = fits ? whole : tableLines(sides, columnsOf(names, verdictText), wide)
  const note =
    'Each is a percentage of the session’s own baseline. The best single run is the best of many, so likely optimistic.'
  return [...table, ...wrapped(note, wide, '  ')]
}

const columnsOf = (names: Names, verdict: (side: Side) => string): Column<Side>[] => [
  { head: 'session', cell: ({ id }) => names.get(id) ?? id, shrinks: 'all' },
  { head: 'kept', align: 'right', cell: keptText },
  { head: 'best single run', align: 'right', cell: side => (side.replication === null ? singleRunText(side) : '') },
  { head: 'in confirm', align: 'right', cell: confirmedText },
  { head: '', cell: verdict },
]

const keptText = ({ kept, experiments, replication }: Side): string =>
  replication !== null ? '' : kept === null ? 'not known' : `${kept} of ${experiments}`

const confirmedText = ({ confirmed, metric }: Side): string =>
  confirmed === null ? '' : relativePlusMinus(confirmed.gain, halfOf(confirmed.interval), metric.goal)
