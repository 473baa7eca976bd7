/** Line diff of two texts. Pure. */
import { diffLines } from 'diff'

export interface Line {
  sign: '+' | '-' | ' '
  text: string
}

/** All lines of both texts; at one place removed lines precede added ones. */
export const difference = (before: string, after: string): Line[] =>
  diffLines(ended(before), ended(after)).flatMap(({ added, removed, value }) =>
    value
      .replace(/\n$/, '')
      .split('\n')
      .map(text => ({ sign: added ? '+' : removed ? '-' : ' ', text }) as const),
  )

/** Ensures a final newline, so that the last line compares like the others. */
const ended = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`)

/** Changed lines with some context; `null` stands for omitted lines. */
export function around(lines: Line[], context = 1): (Line | null)[] {
  const near = lines.map((_, at) => lines.slice(Math.max(0, at - context), at + context + 1).some(l => l.sign !== ' '))
  return lines.flatMap((line, at) => (near[at] ? [line] : near[at - 1] ? [null] : []))
}
