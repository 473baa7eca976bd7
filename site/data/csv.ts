/** Tables for spreadsheets, RFC 4180. */

export type Cell = string | number | null

/**
 * Text by others that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay as they are.
 * @param head column names @param rows of as many cells; null is empty
 */
export const csv = (head: string[], rows: Cell[][]): string =>
  [head, ...rows].map(row => `${row.map(cell).join(',')}\r\n`).join('')

function cell(value: Cell): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
