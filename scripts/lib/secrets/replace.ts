/** Replaces what finders find in a text, also where it is escaped. Pure. */
import { decode } from './decode.ts'

/** A range of a text, `to` exclusive, and what takes its place. */
export interface Found {
  from: number
  to: number
  by: string
}

export type Finder = (text: string) => Found[]

/** @returns the same string where nothing is found */
export function replaceFound(original: string, finders: Finder[]): string {
  const { text, origin } = decode(original)
  const found = finders.flatMap(find => find(text)).filter(({ from, to }) => to > from)
  if (found.length === 0) return original
  const parts: string[] = []
  let end = 0
  for (const { by, ...range } of merged(found)) {
    const { from, to } = origin(range)
    parts.push(original.slice(end, from), inLines(original.slice(from, to), by))
    end = to
  }
  return [...parts, original.slice(end)].join('')
}

/** The ranges that are found, in the original. */
export function rangesIn(original: string, finders: Finder[]): Omit<Found, 'by'>[] {
  const { text, origin } = decode(original)
  const found = finders.flatMap(find => find(text)).filter(({ from, to }) => to > from)
  return merged(found).map(origin)
}

/** Without overlaps, in order. Of two that overlap the one that begins first, or the longer, gives the replacement. */
function merged(found: Found[]): Found[] {
  const sorted = found.toSorted((a, b) => a.from - b.from || b.to - a.to)
  const all: Found[] = []
  for (const next of sorted) {
    const last = all.at(-1)
    if (last && next.from < last.to) last.to = Math.max(last.to, next.to)
    else all.push({ ...next })
  }
  return all
}

/** Keeps the number of lines, and signs of a patch before them: a patch with fewer lines than it says cannot be read. */
const inLines = (replaced: string, by: string): string =>
  replaced
    .split('\n')
    .map((line, i) => (i === 0 ? by : (/^[+\- ]/.exec(line)?.[0] ?? '') + by))
    .join('\n')

/** The matches of a pattern with the flag g; of a pattern with a group, what the group matched at the match's end. */
export function* matches(text: string, pattern: RegExp): Generator<{ from: number; to: number }> {
  for (const match of text.matchAll(pattern)) {
    const to = match.index + match[0].length
    yield { from: to - (match[1] ?? match[0]).length, to }
  }
}
