/** Splits a line of a table into its cells. Pure; the time is linear in the length of the line. */
export type Delimiter = '\t' | ',' | ';' | '|'

/** The cells as written, quotes included. */
export function splitCells(text: string, delimiter: Delimiter): string[] {
  if (delimiter === '\t') return text.includes('"') && text.includes('\n') ? splitQuoted(text, '\t') : text.split('\t')
  if (delimiter === '|')
    return text
      .replace(/^\s*\|/, '')
      .replace(/(?<!\\)\|\s*$/, '')
      .split(/(?<!\\)\|/)
      .map(cell => cell.replaceAll('\\|', '|'))
  return splitQuoted(text, delimiter)
}

/** Whether the last cell begins with a quote that nothing closes: its text goes on in the next line. */
export function hasOpenQuote(text: string, delimiter: Delimiter): boolean {
  if (delimiter === '|' || !text.includes('"')) return false
  const last = splitQuoted(text, delimiter, true).at(-1)?.trimStart() ?? ''
  return last.startsWith('"') && closingQuote(last, 0) < 0
}

/** Whether every cell that begins with a quote ends with the one that closes it, as RFC 4180 wants it. */
export const areWhole = (cells: string[]): boolean =>
  cells
    .map(cell => cell.trim())
    .every(cell => !cell.startsWith('"') || (cell.length > 1 && closingQuote(cell, 0) === cell.length - 1))

/**
 * RFC 4180: a cell that begins with a quote ends behind its closing quote; a doubled quote stands for one. A quote that
 * nothing closes, and one within a cell, is a letter.
 * @param open a quote that nothing closes takes the rest of the text
 */
function splitQuoted(text: string, delimiter: string, open = false): string[] {
  const cells: string[] = []
  let from = 0
  while (from <= text.length) {
    const end = cellEnd(text, from, delimiter, open)
    cells.push(text.slice(from, end))
    from = end + 1
  }
  return cells
}

function cellEnd(text: string, from: number, delimiter: string, open: boolean): number {
  let start = from
  while (text[start] === ' ') start++
  let behind = from
  if (text[start] === '"') {
    const close = closingQuote(text, start)
    if (close < 0 && open) return text.length
    if (close >= 0) behind = close + 1
  }
  const end = text.indexOf(delimiter, behind)
  return end < 0 ? text.length : end
}

/** Index of the quote that closes the one at `start`; -1 without one. */
function closingQuote(text: string, start: number): number {
  let at = text.indexOf('"', start + 1)
  while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2)
  return at
}
