/**
 * Builders of the report's Markdown tree. Every string, ours or an agent's, goes through `phrasing`, so no text can
 * become HTML, a link, a mention or a new table cell.
 */
import type { Code, Heading, List, Paragraph, PhrasingContent, RootContent, Table, TableCell } from 'mdast'
import { plainLine, sanitizeText } from '../lib/text.ts'
import { inertParts } from './inert.ts'

/** Characters of a text in a table cell; the records hold the full text. */
const MAX_CELL_CHARACTERS = 160
const MAX_SHORT_CHARACTERS = 64

/** Invisible characters (format, private use, lone surrogates): removing them later could join text into a link. */
const invisible = /[\p{Cf}\p{Co}\p{Cs}]/gu

/** A text of a person or agent, shortened to one line without invisible characters. */
export const brief = (text: string): string => sanitizeText(text.replace(invisible, ''), MAX_CELL_CHARACTERS)

/** A description where it should stay in a line; the full log has it in full length. */
export const short = (text: string): string => sanitizeText(text.replace(invisible, ''), MAX_SHORT_CHARACTERS)

/** Any text as plain phrasing content: control characters removed, white space collapsed. */
export function phrasing(text: string): PhrasingContent[] {
  const safe = sanitizeText(text.replace(invisible, ''), Number.MAX_SAFE_INTEGER)
  return inertNodes(safe)
}

/** A text without line feeds as nodes: what GitHub would read something from is code. */
export const inertNodes = (text: string): PhrasingContent[] =>
  inertParts(text).map(({ text, isCode }) => ({ type: isCode ? 'inlineCode' : 'text', value: text }))

export const heading = (depth: 1 | 2, text: string): Heading => ({ type: 'heading', depth, children: phrasing(text) })

/** Joins sentences into a paragraph; empty ones are skipped. */
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

/** Sentences and a command, which is shown as code. */
export const withCommand = (before: string, command: string): Paragraph => ({
  type: 'paragraph',
  children: [...phrasing(before), { type: 'text', value: ' ' }, { type: 'inlineCode', value: typedLine(command) }],
})

/** A block of shell commands. */
export const commands = (lines: string[]): Code => ({
  type: 'code',
  lang: 'sh',
  value: lines.map(typedLine).join('\n'),
})

/** With its spaces: two of them may be a part of a name. */
const typedLine = (line: string): string => plainLine(line.replace(invisible, '')).trimEnd()

/** A diff block. The caller has checked that the patch holds only visible text. */
export const diff = (patch: string): Code => ({ type: 'code', lang: 'diff', value: patch.replace(/\n$/, '') })

export interface Column<Row> {
  head: string
  align?: 'right'
  /** The cell's text; with `code`, it is shown as code. */
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

/**
 * As code if that is safe in a table cell: not every parser keeps a pipe or a backslash there. A lone dash means "no
 * value" and stays plain.
 */
function code(text: string): PhrasingContent[] {
  const safe = sanitizeText(text.replace(invisible, ''), MAX_CELL_CHARACTERS)
  return safe === '' || /^[–=]$|[|\\`]/.test(safe) ? phrasing(safe) : [{ type: 'inlineCode', value: safe }]
}

export type Section = RootContent[]
