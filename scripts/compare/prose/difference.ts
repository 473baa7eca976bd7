/** Line diff of two texts. Pure. */
import { diffLines } from 'diff'
import { plural } from '../../lib/text.ts'

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

/** Least share of the shorter text's lines that two versions of one text have in common. */
const SAME_TEXT = 0.3

/** Whether the texts have so little in common that a diff says nothing. */
export function isAnotherText(lines: Line[]): boolean {
  const count = (signs: string) => lines.filter(({ sign, text }) => signs.includes(sign) && text.trim() !== '').length
  return count(' ') < SAME_TEXT * Math.min(count(' +'), count(' -'))
}

/** "12 lines removed, 30 added" */
export const sizeText = (lines: Line[]): string => {
  const count = (sign: Line['sign']) => lines.filter(line => line.sign === sign).length
  return `${plural(count('-'), 'line')} removed, ${count('+')} added`
}
