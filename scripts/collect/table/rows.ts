/** Turns the lines of a section into rows; lines that are not rows are kept as text. */
import { sanitizeText } from '../../lib/text.ts'
import type { Status } from '../../record/schema.ts'
import { isInPlace, placeCells, type Shape } from './align.ts'
import type { Column, Role } from './columns.ts'
import { nameColumn } from './metric/perRow.ts'
import { type Line, MAX_LINE_CHARACTERS, normalizedName, type Section } from './split/lines.ts'
import { type Reading, readNumber } from './values/number.ts'

/** One experiment in the table, before its status is interpreted. */
export interface TableRow {
  line: number
  commit: string | null
  status: string | null
  /** Name of the status column in lower case. */
  statusColumn: string
  /** null: not measured, or a value of another metric. */
  value: Reading | null
  memoryMb: number | null
  description: string
  time: string | null
  cells: Record<string, string>
}

/** A row with its interpreted status. `metric` is null if nothing was measured. */
export interface LedgerRow extends TableRow {
  as: Status
  metric: number | null
  /** How it calls itself a baseline: by its status word or its description; null if it does not. */
  baseline: 'status' | 'description' | null
}

export interface Unread {
  line: number
  text: string
  why: string
}

export interface Rows {
  rows: TableRow[]
  unread: Unread[]
  /** Lines that were read despite more or fewer cells than their header. */
  ragged: number[]
  /** Lines that continue the row above. */
  continued: number[]
  /** Lines under another metric than the session's. */
  others: number[]
}

/** What a row must be measured in to count. */
export interface Measured {
  /** Name of the metric's column, in lower case; null: each section's own. */
  metric: string | null
  /** The metric that most rows name, in lower case; null: rows name none. */
  named: string | null
}

/** @param memoryUnit factor to MB */
export function readRows(
  section: Section,
  columns: Column[],
  shape: Shape,
  { metric, named }: Measured,
  memoryUnit: number,
): Rows {
  const found: Rows = { rows: [], unread: [], ragged: [], continued: [], others: [] }
  const own = columns.find(column => column.as === 'metric')
  const isOther = own !== undefined && metric !== null && normalizedName(own.name) !== metric && section.header !== null
  const naming = nameColumn(columns)
  for (let i = 0; i < section.lines.length; i++) {
    const line = section.lines[i] as Line
    const whole = line.cells.length < columns.length ? joinLines(section.lines, i, shape) : null
    const cells = whole?.cells ?? placed(line, shape, section.delimiter)
    const why = typeof cells === 'string' ? cells : whyUnread(line, cells, columns)
    if (typeof cells === 'string' || why !== null) {
      found.unread.push({ line: line.number, text: sanitizeText(line.text, 300), why: why ?? '' })
      continue
    }
    const more = section.lines.slice(i + 1, i + (whole?.lines ?? 1)).map(({ number }) => number)
    found.continued.push(...more)
    if (whole === null && line.cells.length !== columns.length) found.ragged.push(line.number)
    const ownName = cells[naming?.index ?? -1] ?? ''
    const other = isOther || (named !== null && ownName !== '' && normalizedName(ownName) !== named)
    if (other) found.others.push(line.number)
    found.rows.push(rowOf(line.number, cells, columns, other, memoryUnit))
    i += more.length
  }
  return found
}

/** Most lines of one row. */
const MAX_LINES = 40

/**
 * The row that a line begins and the next ones continue, because a text in it has line breaks. Only if they have together
 * as many cells as the header, each of its column's kind, and the breaks are in texts.
 */
function joinLines(lines: Line[], from: number, shape: Shape): { cells: string[]; lines: number } | null {
  const width = shape.columns.length
  let count = lines[from]?.cells.length ?? 0
  let next = from + 1
  for (; count < width && next < Math.min(lines.length, from + MAX_LINES); next++) {
    if (!shape.columns[count - 1]?.isText) return null
    count += (lines[next]?.cells.length ?? 1) - 1
  }
  if (count !== width || next === from + 1) return null
  const cells = lines.slice(from, next).reduce<string[]>((joined, { cells: [first = '', ...rest] }) => {
    const last = joined.pop()
    joined.push(last === undefined ? first : `${last} ${first}`.trim(), ...rest)
    return joined
  }, [])
  return isInPlace(cells, shape) ? { cells, lines: next - from } : null
}

/** The line's cells by column, or why they have no place. */
function placed({ cells, text }: Line, shape: Shape, delimiter: Section['delimiter']): string[] | string {
  if (cells.length < 2) return text.length > MAX_LINE_CHARACTERS ? 'It is too long.' : 'It has only one cell.'
  const found = placeCells(cells, shape, delimiter === '\t' ? ' ' : `${delimiter} `)
  return 'why' in found ? found.why : found.cells
}

/** Why a line is not a row; null if it is one. A row has a number, a word for "no value", or a status. */
function whyUnread({ cells: raw }: Line, cells: string[], columns: Column[]): string | null {
  const at = (role: Role) => columns.find(column => column.as === role)
  const metric = at('metric')
  if (!metric) return 'No column is known to be the metric.'
  const text = cells[metric.index]
  const status = at('status')
  if (text === undefined) return `It has ${raw.length} cells and none for ${metric.name}.`
  if (readNumber(text) === null) return `Under ${metric.name} stands “${sanitizeText(text, 40)}”, which is no number.`
  if (text === '' && !(status && cells[status.index])) return `It has neither ${metric.name} nor a status.`
  return null
}
function rowOf(line: number, cells: string[], columns: Column[], isOther: boolean, memoryUnit: number): TableRow {
  const at = (role: Role): string | null => {
    const column = columns.find(candidate => candidate.as === role)
    return (column && cells[column.index]) || null
  }
  const status = columns.find(column => column.as === 'status')
  // Behind memory, K and M are units.
  const memory = readNumber((at('memory') ?? '').replace(/(\d)\s*[KMGT](?:i?B)?$/i, '$1'))?.value ?? null
  const kept = columns.filter(
    column => (column.as === null || (isOther && column.as === 'metric')) && cells[column.index],
  )
  const surplus = cells
    .slice(columns.length)
    .map((cell, i) => [`cell ${columns.length + i + 1}`, sanitizeText(cell, 300)])
  return {
    line,
    commit: plain(at('commit'), 80),
    status: plain(at('status'), 80),
    statusColumn: normalizedName(status?.name ?? ''),
    value: isOther ? null : readNumber(at('metric') ?? ''),
    // 0.0 GB is karpathy/autoresearch's sign for a crash.
    memoryMb: memory === null || memory <= 0 ? null : memory * memoryUnit,
    description: sanitizeText(at('description') ?? '', 300),
    time: plain(at('time'), 60),
    cells: Object.fromEntries([
      ...kept.map(column => [column.name, sanitizeText(cells[column.index] ?? '', 300)]),
      ...surplus,
    ]),
  }
}

const plain = (text: string | null, length: number): string | null =>
  text === null ? null : sanitizeText(text, length) || null
