/**
 * Builders of the report's Markdown tree. Every string, our own or an agent's, goes through `words`, so nothing that
 * anyone wrote can become HTML, a link, a mention or a new table cell.
 */
import type { Code, Heading, List, Paragraph, PhrasingContent, RootContent, Table, TableCell } from 'mdast'
import { sanitizeText } from '../lib/text.ts'

/** What the full text may take in a table; the records hold the rest. */
const MAX_CELL_CHARACTERS = 160

/** Invisible characters (format, private use, lone surrogates): what is hidden in a word could join up elsewhere. */
const invisible = /[\p{Cf}\p{Co}\p{Cs}]/gu
/**
 * What GitHub or a Markdown parser would turn into a link or a mention: addresses, @name, #12, GH-12. Shown as code,
 * which nobody links; without the characters that code in a table cell cannot hold.
 */
const linking = /([^\s|\\`]*(?::\/\/|www\.|@|#\d|\bGH-\d)[^\s|\\`]*)/i

/** Someone's text, short: one line, nothing invisible. */
export const brief = (text: string): string => sanitizeText(text.replace(invisible, ''), MAX_CELL_CHARACTERS)

/** Any text as plain phrasing. Control characters are removed and white space is folded. */
export function phrasing(text: string): PhrasingContent[] {
  const safe = sanitizeText(text.replace(invisible, ''), Number.MAX_SAFE_INTEGER)
  return safe
    .split(linking)
    .map((part, i): PhrasingContent => ({ type: i % 2 === 0 ? 'text' : 'inlineCode', value: part }))
    .filter(node => 'value' in node && node.value !== '')
}

export const heading = (depth: 1 | 2, text: string): Heading => ({ type: 'heading', depth, children: phrasing(text) })

/** Sentences as one paragraph. */
export const paragraph = (...sentences: string[]): Paragraph => ({
  type: 'paragraph',
  children: phrasing(sentences.filter(sentence => sentence !== '').join(' ')),
})

export const bullets = (items: string[]): List => ({
  type: 'list',
  ordered: false,
  spread: false,
  children: items.map(item => ({ type: 'listItem', spread: false, children: [paragraph(item)] })),
})

/** Lines for a shell. */
export const commands = (lines: string[]): Code => ({
  type: 'code',
  lang: 'sh',
  value: lines.map(line => sanitizeText(line.replace(invisible, ''), Number.MAX_SAFE_INTEGER)).join('\n'),
})

/** A patch, which the caller found to hold nothing but text. */
export const diff = (patch: string): Code => ({ type: 'code', lang: 'diff', value: patch.replace(/\n$/, '') })

export interface Column<Row> {
  head: string
  align?: 'right'
  /** The cell's text; `code` shows it as it is written. */
  cell(row: Row): string
  code?: true
}

export function table<Row>(rows: Row[], columns: Column<Row>[]): Table {
  const cell = (children: PhrasingContent[]): TableCell => ({ type: 'tableCell', children })
  const body = rows.map(row =>
    columns.map(column => cell(column.code ? code(column.cell(row)) : phrasing(column.cell(row)))),
  )
  const head = columns.map(column => cell(phrasing(column.head)))
  return {
    type: 'table',
    align: columns.map(column => column.align ?? null),
    children: [head, ...body].map(children => ({ type: 'tableRow', children })),
  }
}

/** As code where that is safe in a table cell: a pipe or a backslash in it would not survive every parser. A dash alone
 * stands for nothing, not for code. */
function code(text: string): PhrasingContent[] {
  const safe = sanitizeText(text.replace(invisible, ''), MAX_CELL_CHARACTERS)
  return safe === '' || /^[–=]$|[|\\`]/.test(safe) ? phrasing(safe) : [{ type: 'inlineCode', value: safe }]
}

export type Section = RootContent[]
