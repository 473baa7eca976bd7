/** Formats the replications: a row per change, a column per side, and the label. Pure. */
import { relativePlusMinus } from '../../analysis/relative.ts'
import { truncate, widthOf } from '../../lib/terminal/width.ts'
import { plural, sanitizeText } from '../../lib/text.ts'
import { assumedNoiseText, changeBasis, labelText, missingText, replicationTexts } from '../names.ts'
import { type Cell, type Comparison, type Row, rowLabels, type Side } from '../schema.ts'
import { type Column, padded, tableLines, wrapped } from './columns.ts'
import type { Names } from './text.ts'

/** Rows that are printed. */
const MAX_ROWS = 40

export function replicated(
  sides: Side[],
  { replication, triedOnce }: Comparison,
  names: Names,
  wide: number,
): string[] {
  const shared = replication.filter(({ cells }) => cells.length > 1)
  const counts = rowLabels.slice(0, 3).map(label => `${shared.filter(row => row.label === label).length} ${label}`)
  const shown = shared.slice(0, MAX_ROWS)
  const more = shared.length - shown.length
  const basis = shared.length === 0 ? [] : [changeBasis]
  const said = [
    ...replicationTexts(sides).map(text => sanitizeText(text, 4000)),
    ...basis,
    ...notes(sides, replication.length - shared.length, triedOnce),
  ]
  return [
    ...(shared.length === 0
      ? ['  No change was tried in more than one session.']
      : [`  ${counts.join(', ')}`, '', ...rowLines(shown, sides, names, wide)]),
    ...(more > 0 ? [`  … and ${more} more: --json prints all.`] : []),
    ...said.flatMap(sentence => wrapped(sentence, wide, '  ')),
  ]
}

/** @param kept changes that only one session tried, and kept @param discarded those that it did not keep */
function notes(sides: Side[], kept: number, discarded: number): string[] {
  const assumed = sanitizeText(assumedNoiseText(sides), 600)
  return [
    ...(assumed === '' ? [] : [assumed]),
    ...(kept + discarded > 0
      ? [`${plural(kept + discarded, 'more change was', 'more changes were')} tried in one session only; ${kept} kept.`]
      : []),
  ]
}

/** Sides as columns, unless there are more than two and cells would be truncated. */
function rowLines(rows: Row[], sides: Side[], names: Names, wide: number): string[] {
  const table = inColumns(rows, sides, names, wide)
  return sides.length > 2 && table.some(line => line.includes('…')) ? inLines(rows, sides, names, wide) : table
}

function inColumns(rows: Row[], sides: Side[], names: Names, wide: number): string[] {
  const columns: Column<Row>[] = [
    { head: 'change', cell: row => sanitizeText(row.name, 60), shrinks: 'all' },
    ...sides.map(
      (side): Column<Row> => ({
        head: names.get(side.id) ?? side.id,
        cell: row =>
          cellText(
            row.cells.find(cell => cell.side === side.id),
            side,
          ),
        shrinks: 'head',
      }),
    ),
    { head: '', cell: labelText },
  ]
  return tableLines(rows, columns, wide)
}

/** A block per change, with a line per side. */
function inLines(rows: Row[], sides: Side[], names: Names, wide: number): string[] {
  const width = Math.max(0, ...[...names.values()].map(widthOf))
  return rows.flatMap(row => [
    `  ${truncate(`${sanitizeText(row.name, 60)}: ${labelText(row)}`, wide - 2)}`,
    ...row.cells.map(cell => {
      const side = sides.find(({ id }) => id === cell.side) as Side
      return truncate(`    ${padded(names.get(cell.side) ?? cell.side, width)}  ${cellText(cell, side)}`, wide)
    }),
  ])
}

function cellText(cell: Cell | undefined, { metric }: Side): string {
  if (cell === undefined) return ''
  if (cell.gain === null) return missingText(cell)
  const kept = cell.tries.some(({ status, outcome }) => status === 'keep' && outcome === null) ? ', kept' : ''
  return `${relativePlusMinus(cell.gain, cell.half, metric.goal)}${kept}`
}
