/** Splits a text with Markdown tables: a table is a line of names over a rule such as |---|---|. Pure. */
import { cellsOf, isRule, type Line, type Lines, noLines, normalizedName, type Section } from './lines.ts'

/** Lines that are longer are text. */
const MAX_CHARACTERS = 20_000
const isRow = (text: string): boolean => text.length <= MAX_CHARACTERS && /^\s*\|.*\|/.test(text)

/**
 * A blank line ends a Markdown table, yet notes are often written between its rows. Rows without a header of their own
 * belong to the last table of results above with as many columns.
 * @param known whether results tables commonly use a column name
 * @returns null if the text has no Markdown table, or another kind of table beside it
 */
export function splitMarkdown(text: string, known: (name: string) => boolean): Lines | null {
  if (!text.includes('|') || text.includes('\t')) return null
  const all = text.split(/\r\n|\n|\r/)
  if (all.at(-1) === '') all.pop()
  const heads = new Set(all.flatMap((text, i) => (isRow(text) && isHead(text, all[i + 1] ?? '') ? [i] : [])))
  if (heads.size === 0) return null
  const isKnown = (i: number) =>
    new Set(
      cellsOf(all[i] ?? '', '|')
        .map(normalizedName)
        .filter(known),
    ).size >= 2
  const results = [...heads].some(isKnown) ? new Set([...heads].filter(isKnown)) : heads
  const found = { ...noLines(all.length), others: [] as number[] }
  /** The last table of results by its number of columns. */
  const latest = new Map<number, Section>()
  /** The table that the line above belongs to; null: none. */
  let open: { section: Section | null; width: number } | null = null
  for (let i = 0; i < all.length; i++) {
    const [text, number] = [all[i] ?? '', i + 1]
    if (!isRow(text)) {
      open = null
      if (text.trim() === '') found.blank.push(number)
      else found.comments.push({ number, text, cells: [] })
      continue
    }
    const line: Line = { number, text, cells: cellsOf(text, '|') }
    if (heads.has(i)) {
      found.headers.push(number, number + 1)
      i++
      const section: Section = { header: line, delimiter: '|', lines: [] }
      open = { section: results.has(number - 1) ? section : null, width: line.cells.length }
      if (open.section) {
        found.sections.push(section)
        latest.set(line.cells.length, section)
      }
      continue
    }
    const home: Section | null = open ? open.section : (latest.get(line.cells.length) ?? null)
    open ??= { section: home, width: line.cells.length }
    if (home) home.lines.push(line)
    else found.others?.push(number)
  }
  return found
}

const isHead = (text: string, below: string): boolean => {
  const width = cellsOf(text, '|').length
  return width >= 2 && isRule(below) && cellsOf(below, '|').length === width
}
