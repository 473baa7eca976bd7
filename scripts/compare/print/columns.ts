/** Formats tables for a terminal of a given width. Pure. */
import { truncate, widthOf } from '../../lib/terminal/width.ts'
import { wrapAfter } from '../../lib/terminal/wrap.ts'

export interface Column<T> {
  head: string
  cell: (row: T) => string
  align?: 'right'
  /** What may be truncated if the table is too wide: only the head, or all cells. */
  shrinks?: 'head' | 'all'
}

/** Maximum width of a table, even in wider terminals. */
export const MAX_WIDTH = 100
const GAP = '  '
const MIN_WIDTH = 14

/** Lines of a table, header first, each indented by two spaces. */
export function tableLines<T>(rows: T[], columns: Column<T>[], width: number): string[] {
  const cells = rows.map(row => columns.map(({ cell }) => cell(row)))
  const needed = columns.map(({ head }, at) => Math.max(widthOf(head), ...cells.map(row => widthOf(row[at] ?? ''))))
  const least = columns.map(({ shrinks }, at) =>
    shrinks === 'head'
      ? Math.max(0, ...cells.map(row => widthOf(row[at] ?? '')))
      : shrinks
        ? MIN_WIDTH
        : (needed[at] ?? 0),
  )
  const widths = fitWidths(needed, least, width - GAP.length * columns.length)
  const line = (texts: string[]) =>
    texts
      .map((text, at) => padded(truncate(text, widths[at] ?? 0), widths[at] ?? 0, columns[at]?.align === 'right'))
      .join(GAP)
      .trimEnd()
  return [columns.map(({ head }) => head), ...cells].map(texts => GAP + line(texts))
}

/** Shrinks the widest shrinkable column by one character at a time until the table fits. */
function fitWidths(needed: number[], least: number[], width: number): number[] {
  const widths = [...needed]
  const sum = () => widths.reduce((all, own) => all + own, 0)
  while (sum() > width) {
    const shrinkable = widths.map((own, at) => (own > (least[at] ?? 0) ? own : 0))
    const most = Math.max(...shrinkable)
    if (most === 0) return widths
    widths[shrinkable.indexOf(most)] = most - 1
  }
  return widths
}

export const padded = (text: string, width: number, right = false): string => {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)))
  return right ? space + text : text + space
}

/** The lines of a sentence; later ones are indented to align with the first word. */
export const wrapped = (text: string, width: number, mark = ''): string[] => wrapAfter(mark, text, width).split('\n')
