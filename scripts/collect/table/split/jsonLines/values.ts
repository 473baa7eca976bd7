/** Finds the JSON objects of a text, one a line or in an array, each with the line it starts in. Pure. */

export type JsonObject = Record<string, unknown>

/** One line of JSON lines, or one element of a JSON array. */
export interface Entry {
  /** Line that it starts in, from 1. */
  number: number
  text: string
  /** null where the text is no JSON object; `why` says what it is. */
  value: JsonObject | null
  why: string
}

export interface Entries {
  entries: Entry[]
  /** Number of lines, including a last one without a newline. */
  lines: number
  blank: number[]
  /** Lines that continue an object, and those of the brackets around a list of objects. */
  continued: number[]
  /** Values beside the list of objects, e.g. { metric: "val_bpb" } of { metric: "val_bpb", experiments: [...] }. */
  beside: JsonObject | null
}

/** Longest line, in characters, that is read as JSON. */
const MAX_CHARACTERS = 2 ** 18
/** Lines looked at to tell JSON lines from other text. */
const SAMPLE = 40

/** @returns null if the text is no JSON: a table of another kind, or prose */
export function readEntries(text: string): Entries | null {
  const start = /\S/.exec(text)?.[0]
  if (start !== '{' && start !== '[') return null
  const all = text.split(/\r\n|\n|\r/)
  if (all.at(-1) === '') all.pop()
  const blank = all.flatMap((line, i) => (line.trim() === '' ? [i + 1] : []))
  const filled = all.flatMap((line, i) => (line.trim() === '' ? [] : [{ number: i + 1, text: line }]))
  const whole = filled.slice(0, SAMPLE).map(line => entryOf(line.number, line.text).value !== null)
  const isLineWise = whole[0] || whole.filter(Boolean).length * 2 > whole.length
  if (isLineWise && !isOneList(text, filled.length))
    return {
      entries: filled.map(line => entryOf(line.number, line.text)),
      lines: all.length,
      blank,
      continued: [],
      beside: null,
    }
  const list = readList(text)
  // Lines that all begin like objects are broken JSON lines; other text that begins so is a table of another kind.
  if (list === null)
    return filled.every(line => line.text.trimStart().startsWith('{'))
      ? {
          entries: filled.map(line => entryOf(line.number, line.text)),
          lines: all.length,
          blank,
          continued: [],
          beside: null,
        }
      : null
  const starts = new Set([...list.entries.map(({ number }) => number), ...blank])
  return { ...list, lines: all.length, blank, continued: all.map((_, i) => i + 1).filter(n => !starts.has(n)) }
}

/** Whether a single line holds the list of all rows: `{"experiments": [{…}, {…}]}`. */
const isOneList = (text: string, lines: number): boolean => lines === 1 && (readList(text)?.entries.length ?? 0) > 1

function entryOf(number: number, text: string): Entry {
  const no = (why: string): Entry => ({ number, text, value: null, why })
  if (text.length > MAX_CHARACTERS)
    return no(`It has ${text.length} characters; a line of JSON may have ${MAX_CHARACTERS}.`)
  if (!text.trimStart().startsWith('{')) return no('It is no JSON object: it does not begin with {.')
  const value = parse(text) ?? parse(withoutNaN(text))
  if (value === undefined) return no('It is no valid JSON: it may be cut off, or edited by hand.')
  return isObject(value) ? { number, text, value, why: '' } : no('It is no JSON object.')
}

/** undefined if it is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Python writes NaN and Infinity, which JSON has not: outside of strings they become null. */
function withoutNaN(text: string): string {
  if (!/NaN|Infinity/.test(text)) return text
  const parts: string[] = []
  for (const { part, quoted } of pieces(text))
    parts.push(quoted ? part : part.replace(/-?\b(?:NaN|Infinity)\b/g, 'null'))
  return parts.join('')
}

/** The text cut at the ends of its strings. */
function* pieces(text: string): Generator<{ part: string; quoted: boolean }> {
  let from = 0
  while (from < text.length) {
    const open = text.indexOf('"', from)
    if (open < 0) return yield { part: text.slice(from), quoted: false }
    yield { part: text.slice(from, open), quoted: false }
    from = stringEnd(text, open)
    yield { part: text.slice(open, from), quoted: true }
  }
}

/** Index behind the string that starts at `open`. */
function stringEnd(text: string, open: number): number {
  for (let i = open + 1; i < text.length; i++)
    if (text[i] === '\\') i++
    else if (text[i] === '"') return i + 1
  return text.length
}

/** A JSON array of objects, an object with one such array, or objects over several lines each; null without one. */
function readList(text: string): Pick<Entries, 'entries' | 'beside'> | null {
  const whole = parse(text) ?? parse(withoutNaN(text))
  if (whole === undefined) {
    const entries = objectsAt(text, 0)
    return entries.some(({ value }) => value !== null) ? { entries, beside: null } : null
  }
  if (Array.isArray(whole)) return whole.some(isObject) ? { entries: objectsAt(text, 1), beside: null } : null
  if (!isObject(whole)) return null
  const isList = ([, value]: [string, unknown]) => Array.isArray(value) && value.some(isObject)
  // A single run may have a list of objects, too.
  if (Object.entries(whole).filter(isList).length !== 1 || 'run' in whole || 'status' in whole) return null
  const beside = Object.fromEntries(Object.entries(whole).filter(entry => !isList(entry)))
  return { entries: objectsAt(text, 2), beside }
}

/** The objects that stand at this depth of brackets: in an array there, or at depth 0 on their own. */
function objectsAt(text: string, depth: number): Entry[] {
  const found: Entry[] = []
  const open: string[] = []
  let [line, start, startLine] = [1, -1, 1]
  for (let i = 0; i < text.length; i++) {
    const letter = text[i]
    if (letter === '\n') line++
    else if (letter === '"') i = stringEnd(text, i) - 1
    else if (letter === '{' || letter === '[') {
      if (letter === '{' && open.length === depth && (depth === 0 || open.at(-1) === '['))
        [start, startLine] = [i, line]
      open.push(letter)
    } else if (letter === '}' || letter === ']') {
      open.pop()
      if (open.length !== depth || start < 0) continue
      found.push(entryOf(startLine, text.slice(start, i + 1)))
      start = -1
    }
  }
  return found
}
