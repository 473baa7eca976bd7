/** What one text says otherwise than another, by lines. Pure. */
import { diffLines } from 'diff'

export interface Line {
  sign: '+' | '-' | ' '
  text: string
}

/** Every line of both; taken out before put in where they stand at the same place. */
export const difference = (before: string, after: string): Line[] =>
  diffLines(ended(before), ended(after)).flatMap(({ added, removed, value }) =>
    value
      .replace(/\n$/, '')
      .split('\n')
      .map(text => ({ sign: added ? '+' : removed ? '-' : ' ', text }) as const),
  )

/** The last line is a line like others. */
const ended = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`)

/** Only what changed, and a line around it; `null` stands for what is left out between. */
export function around(lines: Line[], context = 1): (Line | null)[] {
  const near = lines.map((_, at) => lines.slice(Math.max(0, at - context), at + context + 1).some(l => l.sign !== ' '))
  return lines.flatMap((line, at) => (near[at] ? [line] : near[at - 1] ? [null] : []))
}
