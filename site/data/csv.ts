/** Tables for spreadsheets, RFC 4180, in which no text by others is a formula: as OWASP advises against CSV injection. */

export type Cell = string | number | null
export type Row = Record<string, Cell>

/**
 * What a formula begins with (the wide forms are taken for it, too), at the start of a text or where a program that cuts
 * cells at semicolons, tabs or any line's end would see one.
 */
const formula = /^(?=[\t\r\n])|(?<=^|[;\t\r\n])(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/g
const number = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i

/**
 * An apostrophe stands before what a spreadsheet would take for a formula; numbers stay as they are.
 * @param head column names @param rows of as many cells; null is empty
 */
export const csv = (head: string[], rows: Cell[][]): string =>
  [head, ...rows].map(row => `${row.map(cell).join(',')}\r\n`).join('')

/** The same names in every row: those of the first. */
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
