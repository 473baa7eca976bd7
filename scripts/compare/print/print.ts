/** A comparison on a terminal: what may be compared, who got what, what was seen again, what differs. Pure. */
import { sanitizeText } from '../../lib/text.ts'
import { list, nameOf } from '../names.ts'
import type { Comparison, Side } from '../schema.ts'
import { MAX_WIDTH, truncate, wrapped } from './columns.ts'
import { prose } from './prose.ts'
import { byHours } from './race.ts'
import { replicated } from './replicated.ts'
import { settings } from './settings.ts'
import { spent } from './spent.ts'

export interface PrintInput {
  sides: Side[]
  found: Comparison
  /** Columns of the terminal. */
  width: number
  /** Sets a heading off. */
  bold: (text: string) => string
}

/** Texts of others come out cleaned: names, descriptions, values and prose are data. */
export function comparisonText({ sides, found, width, bold }: PrintInput): string {
  const wide = Math.min(MAX_WIDTH, Math.max(60, width))
  const names = new Map(sides.map(side => [side.id, truncate(sanitizeText(nameOf(side, sides)), 24)]))
  const parts = [
    section(bold(list([...names.values()])), ['', ...comparability(found, wide)]),
    section(bold('What each got'), spent(sides, found, names, wide)),
    section(bold('The best so far, by the hour'), byHours(sides, names, wide)),
    section(bold('Did it replicate?'), replicated(sides, found, names, wide)),
    section(bold('Configurations'), settings(sides, found, names, wide)),
    section(bold('By version of program.md'), prose(found, names, wide)),
  ]
  return `${parts.filter(part => part !== '').join('\n\n')}\n`
}

const section = (head: string, lines: string[]): string => (lines.length === 0 ? '' : [head, ...lines].join('\n'))

function comparability({ lead, statements }: Comparison, wide: number): string[] {
  return [...wrapped(lead, wide), ...statements.flatMap(({ text }) => wrapped(sanitizeText(text, 600), wide, '  · '))]
}
