/** Turns JSON objects into the cells of a table: nested objects by dots, e.g. "metrics.loss". Pure. */
import { isObject, type JsonObject } from './values.ts'

/** Keys of a nested object, over all rows, that become columns; with more, as free notes have, it stays one cell. */
const MAX_NESTED_KEYS = 60
/** As in other tables. */
const MAX_COLUMNS = 200
/** Deeper objects stay one cell. */
const MAX_DEPTH = 4
/** Items of a list that a cell shows, and the depth it shows of them. */
const SHOWN = { items: 50, depth: 6 }

export interface Cells {
  keys: string[]
  /** Cells of each object, in the order of `keys`; '' where it has no such key. */
  rows: string[][]
  /** Number of further keys, which are left out. */
  leftOut: number
}

export function cellsOfObjects(objects: JsonObject[]): Cells {
  const whole = crowded(objects)
  const flat = objects.map(object => flatten(object, whole))
  const all = [...new Set(flat.flatMap(cells => [...cells.keys()]))]
  const keys = all.slice(0, MAX_COLUMNS)
  return {
    keys,
    rows: flat.map(cells => keys.map(key => cells.get(key) ?? '')),
    leftOut: all.length - keys.length,
  }
}

/** Top-level keys whose objects have too many different keys to be columns. */
function crowded(objects: JsonObject[]): Set<string> {
  const nested = new Map<string, Set<string>>()
  for (const object of objects)
    for (const [key, value] of Object.entries(object)) {
      if (!isObject(value)) continue
      const known = nested.get(key) ?? new Set()
      for (const inner of flatten(value, new Set()).keys()) known.add(inner)
      nested.set(key, known)
    }
  return new Set([...nested].filter(([, keys]) => keys.size > MAX_NESTED_KEYS).map(([key]) => key))
}

function flatten(object: JsonObject, whole: ReadonlySet<string>, prefix = '', depth = 1): Map<string, string> {
  const cells = new Map<string, string>()
  for (const [key, value] of Object.entries(object)) {
    const name = `${prefix}${key}`
    if (isObject(value) && depth < MAX_DEPTH && !whole.has(name))
      for (const [inner, cell] of flatten(value, whole, `${name}.`, depth + 1)) cells.set(inner, cell)
    else cells.set(name === '__proto__' ? '(__proto__)' : name, textOf(value))
  }
  return cells
}

/** A value as the text of a cell; null is an empty one. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'object') return JSON.stringify(clipped(value, SHOWN.depth))
  return String(value)
}

/** JSON.stringify recurses, so it gets no more depth than is shown. */
function clipped(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth === 0) return '…'
  if (Array.isArray(value)) return value.slice(0, SHOWN.items).map(item => clipped(item, depth - 1))
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, SHOWN.items)
      .map(([key, inner]) => [key, clipped(inner, depth - 1)]),
  )
}
