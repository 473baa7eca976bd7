/**
 * Places the cells of a row that has more or fewer of them than its header. A cell goes where cells of its kind stand (a
 * hash, a number, a status word, text), and only if there is exactly one such way: no cell is read into the column of its
 * neighbour.
 */
import type { Status } from '../../record/schema.ts'
import type { Column } from './columns.ts'
import type { Line } from './split/lines.ts'
import { readNumber } from './values/number.ts'
import { meaningOf, plainWord } from './values/verdict.ts'

type Kind = 'hash' | 'integer' | 'decimal' | 'percent' | 'date' | 'status' | 'text'
const ALL: Kind[] = ['hash', 'integer', 'decimal', 'percent', 'date', 'status', 'text']
const NUMBERS: Kind[] = ['integer', 'decimal', 'percent']

/** What stands in the columns under a header. */
export interface Shape {
  columns: { kinds: ReadonlySet<Kind>; isText: boolean }[]
  /** Words of the status column, by `plainWord`. */
  words: ReadonlySet<string>
  statuses: ReadonlyMap<string, Status>
  /** Cells times columns that may still be looked at: bounds the time for a table of ragged rows only. */
  work: number
}

/** By the rows that have as many cells as their header; by the roles of the columns where there are none. */
export function shapeOf(lines: Line[], columns: Column[], statuses: ReadonlyMap<string, Status>): Shape {
  const rows = lines.filter(({ cells }) => cells.length === columns.length).slice(0, 1000)
  const status = columns.find(({ as }) => as === 'status')
  const words = new Set(
    rows
      .map(({ cells }) => plainWord(cells[status?.index ?? -1] ?? ''))
      // In a column "kept", 1 and 0 are no words that tell it from a column of numbers.
      .filter(word => word !== '' && readNumber(word)?.value == null),
  )
  const found: Shape = { columns: [], words, statuses, work: MAX_WORK }
  for (const { index, as } of columns) {
    const kinds = rows.flatMap(({ cells }) => kindsOf(cells[index] ?? '', found) ?? [])
    const share = (kind: Kind) => kinds.filter(other => other === kind).length / kinds.length
    const isText =
      kinds.length === 0 ? as === 'description' : share('text') >= 0.5 && as !== 'status' && as !== 'commit'
    const usual = kinds.length === 0 ? usualKinds(as) : withLikelyNumbers(new Set(kinds), kinds.length)
    found.columns.push({
      isText,
      kinds: new Set(isText ? (['text'] as const) : as === 'status' ? [...usual, 'status' as const] : usual),
    })
  }
  return found
}

/** Rows after which a column of whole numbers is taken to hold no others. */
const ENOUGH = 8

/** A decimal may always be a whole number, and after few rows a whole number a decimal. */
function withLikelyNumbers(kinds: Set<Kind>, rows: number): Set<Kind> {
  if (kinds.has('decimal')) kinds.add('integer')
  if (kinds.has('integer') && rows < ENOUGH) kinds.add('decimal')
  return kinds
}

const usualKinds = (role: Column['as']): Iterable<Kind> =>
  role === null
    ? ALL
    : {
        commit: ['hash' as const],
        metric: NUMBERS,
        memory: NUMBERS,
        status: ['status' as const, 'text' as const],
        description: ['text' as const],
        time: ['date' as const, 'integer' as const],
      }[role]

/** Kinds that a cell may be; null for an empty one or a word for "no value", which may stand anywhere. */
function kindsOf(cell: string, { words, statuses }: Pick<Shape, 'words' | 'statuses'>): Kind[] | null {
  const word = plainWord(cell)
  if (words.has(word) || meaningOf(cell, '', statuses) !== 'unknown') return ['status']
  if (/^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d\S*)?$/.test(cell)) return ['date']
  const number = readNumber(cell)
  if (/^[0-9a-f]{7,40}$/i.test(cell)) {
    if (number?.value != null) return /^\d+$/.test(cell) ? ['hash', 'integer'] : ['hash', 'decimal']
    return /\d/.test(cell) ? ['hash'] : ['hash', 'text']
  }
  if (number === null) return ['text']
  if (number.value === null) return null
  if (number.percent) return ['percent']
  return [/^[-+]?\d+$/.test(cell) || number.note === 'thousands' ? 'integer' : 'decimal']
}

const MAX_WORK = 20_000_000

/** The cells by column, "" where there is none and surplus ones behind; or why they have no place. */
export type Placed = { cells: string[] } | { why: string }

/** @param glue between the cells of a text that contained the delimiter */
export function placeCells(cells: string[], shape: Shape, glue: string): Placed {
  const width = shape.columns.length
  const given = cells.length > width ? withoutEmptyEnd(cells, width) : cells
  if (given.length === width) return { cells: given }
  shape.work -= given.length * width
  const counts = `It has ${given.length} cells and its header has ${width}`
  if (shape.work < 0) return { why: `${counts}, as have too many lines before it.` }
  const kinds = given.map(cell => kindsOf(cell, shape))
  const strict = (cell: number, column: number): boolean => fits(kinds[cell] ?? null, shape.columns[column]?.kinds)
  const lax = (cell: number, column: number): boolean => shape.columns[column]?.isText === true || strict(cell, column)
  const text = (cell: number): boolean => given[cell] === '' || kinds[cell]?.includes('text') === true
  const place = (suits: Suits) =>
    given.length < width ? placeFewer(given, shape, suits) : placeMore(given, shape, suits, text, glue)
  const ways = place(strict)
  const found = ways.length > 0 ? ways : place(lax)
  if (found.length === 1 && found[0]) return { cells: found[0] }
  const how = found.length === 0 ? 'do not fit its columns' : 'fit its columns in more than one way'
  return { why: `${counts}; by what they are, they ${how}.` }
}

/** Whether every cell of a row of full width stands in a column of its kind. */
export const isInPlace = (cells: string[], shape: Shape): boolean =>
  cells.length === shape.columns.length &&
  cells.every((cell, i) => fits(kindsOf(cell, shape), shape.columns[i]?.kinds) || shape.columns[i]?.isText === true)

const fits = (kinds: Kind[] | null, allowed: ReadonlySet<Kind> | undefined): boolean =>
  kinds === null || kinds.some(kind => allowed?.has(kind))

type Suits = (cell: number, column: number) => boolean

/** The ways to leave columns empty, at most two. */
function placeFewer(cells: string[], { columns }: Shape, suits: Suits): string[][] {
  const [n, m] = [cells.length, columns.length]
  // ways[i][j]: ways to place the cells from i on in the columns from j on; 2 stands for more.
  const ways = Array.from({ length: n + 1 }, (_, i) => Array.from({ length: m + 1 }, (): number => (i === n ? 1 : 0)))
  const at = (i: number, j: number): number => ways[i]?.[j] ?? 0
  for (let i = n - 1; i >= 0; i--)
    for (let j = i + m - n; j >= i; j--) {
      const row = ways[i]
      if (row) row[j] = Math.min(2, at(i, j + 1) + (suits(i, j) ? at(i + 1, j + 1) : 0))
    }
  if (at(0, 0) !== 1) return Array.from({ length: at(0, 0) }, () => [])
  const placed: string[] = []
  for (let i = 0, j = 0; j < m; j++) {
    const here = i < n && suits(i, j) && at(i + 1, j + 1) === 1
    placed.push(here ? (cells[i++] ?? '') : '')
  }
  return [placed]
}

/**
 * The ways to take several cells for one text that contained the delimiter, or the last ones for surplus texts. A number is
 * taken into a text only in the last column, behind other text: elsewhere its neighbour would then stand in its column.
 */
function placeMore(
  cells: string[],
  { columns }: Shape,
  suits: Suits,
  text: (cell: number) => boolean,
  glue: string,
): string[][] {
  const more = cells.length - columns.length
  const last = columns.length - 1
  const areTexts = (from: number) => Array.from({ length: more }, (_, i) => from + i).every(text)
  const ways: string[][] = []
  for (const [at, { isText }] of columns.entries()) {
    if (!isText || !text(at) || !(at === last || areTexts(at + 1))) continue
    const before = columns.slice(0, at).every((_, i) => suits(i, i))
    const after = columns.slice(at + 1).every((_, i) => suits(at + 1 + more + i, at + 1 + i))
    const joined = cells.slice(at, at + more + 1).join(glue)
    if (before && after) ways.push([...cells.slice(0, at), joined, ...cells.slice(at + more + 1)])
  }
  if (!columns[last]?.isText && areTexts(columns.length) && columns.every((_, i) => suits(i, i))) ways.push(cells)
  return ways
}

function withoutEmptyEnd(cells: string[], width: number): string[] {
  const last = cells.findLastIndex(cell => cell !== '')
  return cells.slice(0, Math.max(width, last + 1))
}
