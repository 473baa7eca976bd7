/** Wraps text to the width of a terminal, between words only. */
import { widthOf } from './width.ts'

/** Columns where nothing states a width: output to a file or a pipe. */
export const DEFAULT_COLUMNS = 80

/** Columns of a stream: those of its terminal, else those of the variable COLUMNS, else 80. */
export function columnsOf(stream: { columns?: number }): number {
  const stated = Number(process.env.COLUMNS)
  return stream.columns || (Number.isInteger(stated) && stated > 0 ? stated : DEFAULT_COLUMNS)
}

/** White space and what follows it: a command in backticks, or a word. */
const pieces = /(\s*)(`[^`]{1,200}`\S*|\S+)/g

/** A text that is one command, to be copied. */
const isCommand = (text: string): boolean => /^npx pnpm [^`]*$/.test(text)

/**
 * The lines of a text, at least one, none longer than `width` but by a single word. A command in backticks is not split,
 * nor is a text that is one command. White space within a line stays as it is.
 */
export function wrap(text: string, width: number): string[] {
  if (isCommand(text)) return [text]
  const lines: string[] = []
  let line = ''
  for (const [, space = '', word = ''] of text.matchAll(pieces)) {
    if (line !== '' && widthOf(line) + widthOf(space) + widthOf(word) > width) {
      lines.push(line)
      line = word
    } else line += space + word
  }
  return [...lines, line]
}

/** The same as one text that begins with `head`; further lines, and lines of the text itself, are indented past it. */
export function wrapAfter(head: string, text: string, columns: number): string {
  const indent = widthOf(head)
  const lines = text.split('\n').flatMap(line => wrap(line, columns - indent))
  return lines.map((line, i) => `${i === 0 ? head : ' '.repeat(indent)}${line}`.trimEnd()).join('\n')
}
