/** Formats the replication table: a row per change, a column per side, and the verdict. Pure. */
import { plural, sanitizeText } from '../../lib/text.ts'
import { effectText, list } from '../names.ts'
import { type Cell, type Comparison, type Row, rowWords, type Side } from '../schema.ts'
import { type Column, tableLines, truncate, wrapped } from './columns.ts'
import type { Names } from './text.ts'

export function replicated(
  sides: Side[],
  { replication, triedOnce }: Comparison,
  names: Names,
  wide: number,
): string[] {
  const shared = replication.filter(({ cells }) => cells.length > 1)
  const once = replication.length - shared.length
  const rest = [
    once > 0
      ? `${plural(once, 'change was', 'changes were')} kept by the only session that tried ${once === 1 ? 'it' : 'them'}`
      : '',
    triedOnce > 0
      ? `${plural(triedOnce, 'change was', 'changes were')} not kept by the only session that tried ${triedOnce === 1 ? 'it' : 'them'}`
      : '',
  ].filter(text => text !== '')
  const counted = rowWords.slice(0, 3).map(word => `${shared.filter(row => row.word === word).length} ${word}`)
  const assumed = sides.filter(({ sigma }) => sigma?.assumed).map(({ id }) => names.get(id) ?? id)
  const assumedText = `The noise of ${list(assumed)} is assumed, not measured.`
  const end = wrapped(`${rest.join('; ')}.`, wide, '  ')
  if (shared.length === 0) return ['  No change was tried by more than one session.', ...(rest.length > 0 ? end : [])]
  const shown = shared.slice(0, MAX_ROWS)
  const more = shared.length > shown.length ? [`  … and ${shared.length - shown.length} more: --json prints all.`] : []
  return [
    `  ${counted.join(', ')}`,
    '',
    ...rowLines(shown, names, wide),
    ...more,
    ...(assumed.length + rest.length > 0 ? [''] : []),
    ...(assumed.length > 0 ? wrapped(assumedText, wide, '  ') : []),
    ...(rest.length > 0 ? end : []),
  ]
}

/** Rows that are printed. */
const MAX_ROWS = 40

/** Sides as columns, unless there are more than two and cells would be truncated. */
function rowLines(rows: Row[], names: Names, wide: number): string[] {
  const table = inColumns(rows, names, wide)
  return names.size > 2 && table.some(line => line.includes('…')) ? inLines(rows, names, wide) : table
}

const wordText = ({ word, way }: Row): string => (way === null ? word : `${word}, ${way}`)

function inColumns(rows: Row[], names: Names, wide: number): string[] {
  const columns: Column<Row>[] = [
    { head: 'change', cell: row => sanitizeText(row.name, 60), shrinks: 'all' },
    ...[...names].map(
      ([id, name]): Column<Row> => ({
        head: name,
        cell: row => cellText(row.cells.find(cell => cell.side === id)),
      }),
    ),
    { head: '', cell: wordText },
  ]
  return tableLines(rows, columns, wide)
}

/** A block per change, with a line per side. */
const inLines = (rows: Row[], names: Names, wide: number): string[] =>
  rows.flatMap(row => [
    `  ${truncate(`${sanitizeText(row.name, 60)}: ${wordText(row)}`, wide - 2)}`,
    ...row.cells.map(cell =>
      truncate(`    ${(names.get(cell.side) ?? cell.side).padEnd(24)}  ${cellText(cell)}`, wide),
    ),
  ])

function cellText(cell: Cell | undefined): string {
  if (cell === undefined) return ''
  const kept = cell.tries.some(({ status }) => status === 'keep') ? ' kept' : ''
  if (cell.gain === null) return cell.tries.at(-1)?.status ?? ''
  return `${effectText(cell.gain, cell.half)}${kept}`
}
