/** CSV (RFC 4180) that is safe in spreadsheets: no text of others can be a formula (OWASP, CSV injection). */

export type Cell = string | number | null
export type Row = Record<string, Cell>

/**
 * The start of a formula (also in full-width forms), at the start of a cell, or after a character at which some
 * programs split cells: semicolon, tab, line end.
 */
const formula = /^(?=[\t\r\n])|(?<=^|[;\t\r\n])(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/g
const number = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i

/**
 * Puts an apostrophe before anything that a spreadsheet would read as a formula; numbers stay as they are.
 * @param head column names
 * @param rows one cell per column; null is empty
 */
export const csv = (head: string[], rows: Cell[][]): string =>
  [head, ...rows].map(row => `${row.map(cell).join(',')}\r\n`).join('')

/** All rows must have the keys of the first. */
export const rowsCsv = (rows: Row[]): string =>
  csv(
    Object.keys(rows[0] ?? {}),
    rows.map(row => Object.values(row)),
  )

function cell(value: Cell): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = number.test(value) ? value : value.replace(formula, "'")
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
