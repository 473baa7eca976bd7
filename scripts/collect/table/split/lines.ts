/**
 * Splits a foreign table into lines and cells without interpreting them. No line is lost: each is blank, a header, or a
 * line of a section.
 */
import { sanitizeText } from '../../../lib/text.ts'
import type { Metric } from '../../../record/schema.ts'
import { type Delimiter, splitCells } from './cells.ts'
import { wholeRows } from './wholeRows.ts'

/** Longer lines are not split into cells. */
export const MAX_LINE_CHARACTERS = 20_000

export type { Delimiter }

export interface Line {
  /** Line number, from 1; of a row over several lines, its first. */
  number: number
  text: string
  /** Cells, trimmed and unquoted. */
  cells: string[]
}

/** The lines under one header, or before the first header. */
export interface Section {
  /** null if the table starts without one. */
  header: Line | null
  delimiter: Delimiter
  lines: Line[]
}

export interface Lines {
  /** Number of lines, including a last one without a newline. */
  count: number
  blank: number[]
  /** Header lines, including the rules of Markdown tables. */
  headers: number[]
  sections: Section[]
  /** Comment lines, which are neither headers nor rows. */
  comments: Line[]
  /** Lines that continue a quoted cell or a JSON object of a line above. */
  continued: number[]
  /** Lines that are no part of a table, each with the reason. */
  unread: { line: number; text: string; why: string }[]
  /** Of a Markdown text: the rows of tables that hold no results, whose comments are the text around its tables. */
  others?: number[]
}

/** @param count number of lines of the text */
export const noLines = (count: number): Lines => ({
  count,
  blank: [],
  headers: [],
  sections: [],
  comments: [],
  continued: [],
  unread: [],
})

/** What a file says of its metric in a line that is no row. */
export interface Declared {
  /** null: it says only which direction is better. */
  metric: string | null
  goal: Metric['goal'] | null
  line: number
}

/**
 * Splits a text into sections. A header may repeat, or another one may follow with another delimiter.
 * @param known whether results tables commonly use a column name, given in lower case with underscores
 */
export function splitLines(text: string, known: (name: string) => boolean): Lines {
  const all = text.split(/\r\n|\n|\r/)
  if (all.at(-1) === '') all.pop()
  const found = noLines(all.length)
  let section: Section | null = null
  for (const { number, text: raw, more } of wholeRows(all, MAX_LINE_CHARACTERS, () => section)) {
    const text = withTabs(raw)
    for (let line = 1; line <= more; line++) found.continued.push(number + line)
    if (text.trim() === '') {
      found.blank.push(number)
      continue
    }
    const header: Header | null =
      text.length > MAX_LINE_CHARACTERS
        ? null
        : (asHeader(text, known) ??
          (section === null ? asFirstLine(text, withTabs(all[number] ?? ''), number === all.length) : null))
    if (header) {
      found.headers.push(number)
      section = { header: { number, text, cells: header.cells }, delimiter: header.delimiter, lines: [] }
      found.sections.push(section)
    } else if (section?.header && isRule(text)) found.headers.push(number)
    else if (isComment(text, section)) found.comments.push({ number, text, cells: [] })
    else {
      section ??= startSection(found, text)
      const home = sectionFor(text, section, found.sections)
      home.lines.push({
        number,
        text,
        cells: text.length > MAX_LINE_CHARACTERS ? [text] : cellsOf(text, home.delimiter),
      })
    }
  }
  return found
}

/**
 * The section that a line belongs to: the last one, unless only an earlier one with another delimiter has as many
 * cells.
 */
function sectionFor(text: string, last: Section, sections: Section[]): Section {
  const fits = ({ header, delimiter }: Section) => header?.cells.length === cellsOf(text, delimiter).length
  if (sections.length === 1 || text.length > MAX_LINE_CHARACTERS || fits(last)) return last
  return sections.findLast(section => section.delimiter !== last.delimiter && fits(section)) ?? last
}

/** Tabs for the two characters "\\t", which a shell's echo leaves in lines that were meant to have tabs. */
const withTabs = (text: string): string =>
  !text.includes('\t') && text.split('\\t').length > 2 ? text.replaceAll('\\t', '\t') : text

/** Whether a line starts with a comment mark and is no row: it has no tab, nor as many cells as the header above. */
function isComment(text: string, section: Section | null): boolean {
  if (text.length > MAX_LINE_CHARACTERS || text.includes('\t') || !/^\s*(?:#|\/\/|<!--)/.test(text)) return false
  return !section?.header || cellsOf(text, section.delimiter).length !== section.header.cells.length
}

interface Header {
  cells: string[]
  delimiter: Delimiter
}

function startSection(found: Lines, text: string): Section {
  const section: Section = { header: null, delimiter: delimiterOf(text), lines: [] }
  found.sections.push(section)
  return section
}

/** "Val BPB (bits)" and "val-bpb" → "val_bpb_bits", "val_bpb". */
export const normalizedName = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}@#]+/gu, '_')
    .replace(/^_+|_+$/g, '')

/** A line of names only, at least two of them known. "Columns: date, tag, val_bpb" counts too. */
function asHeader(text: string, known: (name: string) => boolean): Header | null {
  const bare = text.replace(/^ *(?:#+ *(?=[^\s,;|]))?(?:(?:columns|header|fields|format)\s*:\s*)?/i, '')
  const delimiter = delimiterOf(bare)
  const cells = cellsOf(bare, delimiter)
  if (cells.length < 2 || cells.length > 200 || !cells.every(isName)) return null
  return new Set(cells.map(normalizedName).filter(known)).size >= 2 ? { cells, delimiter } : null
}

/** A first line of names, followed by a line with as many cells and a number among them, or by none. */
function asFirstLine(text: string, next: string, isLast: boolean): Header | null {
  const delimiter = delimiterOf(text)
  const cells = cellsOf(text, delimiter)
  const below = cellsOf(next, delimiter)
  // The only line so far.
  if (isLast && cells.length >= 3 && cells.every(cell => isName(cell) && cell !== '')) return { cells, delimiter }
  if (cells.length < 2 || below.length !== cells.length || !cells.every(isName)) return null
  return below.some(cell => /^[-+]?[\d.,]*\d%?$/.test(cell)) ? { cells, delimiter } : null
}

const isName = (cell: string): boolean => /^(?:[\p{L}#@_].{0,39})?$/u.test(sanitizeText(cell))

/** `|---|:--:|` */
export const isRule = (text: string): boolean => /^[\s|:+-]+$/.test(text) && text.includes('|') && text.includes('-')

function delimiterOf(text: string): Delimiter {
  if (text.includes('\t')) return '\t'
  if (/^\s*\|.*\|/.test(text)) return '|'
  const count = (mark: string) => text.split(mark).length
  return count(';') > count(',') ? ';' : ','
}

/** Cells of a line, without quotes or Markdown's bold and code marks around them. */
export function cellsOf(text: string, delimiter: Delimiter): string[] {
  return splitCells(text, delimiter).map(cell =>
    cell
      .trim()
      .replace(/^"(.*)"$/s, (_, inner: string) => inner.replaceAll('""', '"'))
      .replace(/^(\*\*|`)(.*)\1$/s, '$2')
      .trim(),
  )
}
