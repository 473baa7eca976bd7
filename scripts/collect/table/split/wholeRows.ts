/** Joins the lines of a row whose quoted cells have line breaks. Pure. */
import { areWhole, type Delimiter, hasOpenQuote, splitCells } from './cells.ts'

export interface WholeRow {
  /** Its first line, from 1. */
  number: number
  text: string
  /** Further lines that it takes up. */
  more: number
}

interface Section {
  header: { cells: string[] } | null
  delimiter: Delimiter
}

/** Most lines of a row. */
const MAX_LINES = 200

/**
 * The lines of a table, those of one row joined. Lines are joined only if they then have exactly as many cells as their
 * header, each whole: a quote may also be an inch mark.
 * @param longest characters of a row @param current the section that the next line belongs to
 */
export function* wholeRows(all: string[], longest: number, current: () => Section | null): Generator<WholeRow> {
  // Bounds the work for quotes that nothing closes, in characters.
  const budget = { left: 8 * all.reduce((sum, text) => sum + text.length, 0) }
  for (let i = 0; i < all.length; i++) {
    const text = all[i] ?? ''
    const section = current()
    const row = section && text.length <= longest ? rowFrom(all, i, longest, section, budget) : null
    yield { number: i + 1, text: row?.text ?? text, more: row?.more ?? 0 }
    i += row?.more ?? 0
  }
}

/** The row of several lines that begins in line `from`, counted from 0; null if none does. */
function rowFrom(
  all: string[],
  from: number,
  longest: number,
  { header, delimiter }: Section,
  budget: { left: number },
): Pick<WholeRow, 'text' | 'more'> | null {
  const width = header?.cells.length ?? 0
  let text = all[from] ?? ''
  if (width < 2 || !hasOpenQuote(text, delimiter)) return null
  for (let more = 1; more < MAX_LINES && from + more < all.length && budget.left > 0; more++) {
    const next = all[from + more] ?? ''
    text += `\n${next}`
    if (text.length > longest) return null
    if (!next.includes('"')) continue
    budget.left -= text.length
    if (hasOpenQuote(text, delimiter)) continue
    const cells = splitCells(text, delimiter)
    return cells.length === width && areWhole(cells) ? { text, more } : null
  }
  return null
}
