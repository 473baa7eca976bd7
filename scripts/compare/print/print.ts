/** Formats a comparison for a terminal. Pure. */

import { truncate } from '../../lib/terminal/width.ts'
import { sanitizeText } from '../../lib/text.ts'
import { list, nameOf } from '../names.ts'
import type { Comparison, Side } from '../schema.ts'
import { byHours } from './byHours.ts'
import { MAX_WIDTH, wrapped } from './columns.ts'
import { prose } from './prose.ts'
import { rates } from './rates.ts'
import { replicated } from './replicated.ts'
import { results } from './results.ts'
import { settings } from './settings.ts'

export interface PrintInput {
  sides: Side[]
  found: Comparison
  /** Width of the terminal, in columns. */
  width: number
  /** Formats a heading. */
  bold: (text: string) => string
}

/** Names, descriptions, values and prose are sanitised. */
export function comparisonText({ sides, found, width, bold }: PrintInput): string {
  const wide = Math.min(MAX_WIDTH, Math.max(60, width))
  const names = new Map(sides.map(side => [side.id, truncate(sanitizeText(nameOf(side, sides)), 24)]))
  const parts = [
    section(bold(list([...names.values()])), ['', ...comparability(found, wide)]),
    section(bold('Results'), results(sides, names, wide)),
    section(bold('Replications'), replicated(sides, found, names, wide)),
    section(bold('Gain per device-hour and per dollar'), rates(sides, found, names, wide)),
    section(bold('Best so far by hour'), byHours(sides, names, wide)),
    section(bold('Configurations'), settings(sides, found, names, wide)),
    section(bold('Versions of program.md'), prose(sides, found, names, wide)),
  ]
  return `${parts.filter(part => part !== '').join('\n\n')}\n`
}

const section = (head: string, lines: string[]): string => (lines.length === 0 ? '' : [head, ...lines].join('\n'))

function comparability({ lead, statements }: Comparison, wide: number): string[] {
  return [...wrapped(lead, wide), ...statements.flatMap(({ text }) => wrapped(sanitizeText(text, 1000), wide, '  · '))]
}
