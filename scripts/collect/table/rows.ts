/** Turns the lines of a section into rows; lines that are not rows are kept as text. */
import { sanitizeText } from '../../lib/text.ts'
import type { Status } from '../../record/schema.ts'
import type { Column, Role } from './columns.ts'
import { type Line, normalizedName, type Section } from './lines.ts'
import { type Reading, readNumber } from './number.ts'

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
  /** Lines under another metric than the session's. */
  others: number[]
}

/**
 * @param metric name of the session's metric, in lower case; null: each section's own @param memoryUnit factor to MB
 */
export function readRows(section: Section, columns: Column[], metric: string | null, memoryUnit: number): Rows {
  const found: Rows = { rows: [], unread: [], ragged: [], others: [] }
  const own = columns.find(column => column.as === 'metric')
  const isOther = own !== undefined && metric !== null && normalizedName(own.name) !== metric && section.header !== null
  for (const line of section.lines) {
    const cells = joinLastCells(line.cells, columns, section.delimiter)
    const why = whyUnread(line, cells, columns)
    if (why !== null) {
      found.unread.push({ line: line.number, text: sanitizeText(line.text, 300), why })
      continue
    }
    if (line.cells.length !== columns.length) found.ragged.push(line.number)
    if (isOther) found.others.push(line.number)
    found.rows.push(rowOf(line.number, cells, columns, isOther, memoryUnit))
  }
  return found
}

/** Joins surplus cells into a last description column: its text contained delimiters. */
function joinLastCells(cells: string[], columns: Column[], delimiter: Section['delimiter']): string[] {
  const last = columns.at(-1)
  if (cells.length <= columns.length || last?.as !== 'description') return cells
  return [
    ...cells.slice(0, columns.length - 1),
    cells.slice(columns.length - 1).join(delimiter === '\t' ? ' ' : `${delimiter} `),
  ]
}

/** Why a line is not a row; null if it is one. A row has a number, a word for "no value", or a status. */
function whyUnread({ cells: raw }: Line, cells: string[], columns: Column[]): string | null {
  if (raw.length < 2) return 'It has no cells, or is too long.'
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
  const memory = readNumber(at('memory') ?? '')?.value ?? null
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
