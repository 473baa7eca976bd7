/** Formats the versions of program.md's prose: results per version, and the diff between versions. Pure. */

import { truncate } from '../../lib/terminal/width.ts'
import { sanitizeText } from '../../lib/text.ts'
import { list } from '../names.ts'
import { around, difference, isAnotherText, sizeText } from '../prose/difference.ts'
import { gainTexts } from '../prose/prose.ts'
import type { Comparison, ProseVersion, Side } from '../schema.ts'
import { type Column, tableLines } from './columns.ts'
import { type Names, unknown } from './text.ts'

export function prose(sides: Side[], { prose: versions }: Comparison, names: Names, wide: number): string[] {
  if (versions.length === 0) return []
  const columns: Column<ProseVersion>[] = [
    { head: 'version', cell: ({ hash }) => hash.slice(0, 8) },
    { head: 'sessions', cell: v => list(v.sides.map(id => names.get(id) ?? id)), shrinks: 'all' },
    { head: 'kept', align: 'right', cell: v => `${v.kept} of ${v.experiments}` },
    {
      head: 'device-hours',
      align: 'right',
      cell: ({ deviceHours }) => (deviceHours === null ? unknown : deviceHours.toFixed(2)),
    },
    { head: 'single runs', align: 'right', cell: v => list(gainTexts(v, sides)) },
  ]
  const pairs = versions.slice(1).map((after, at) => [versions[at] as ProseVersion, after] as const)
  return [...tableLines(versions, columns, wide), ...pairs.flatMap(([before, after]) => changed(before, after, wide))]
}

const MAX_LINES = 24

function changed(before: ProseVersion, after: ProseVersion, wide: number): string[] {
  const head = `  ${before.hash.slice(0, 8)} → ${after.hash.slice(0, 8)}`
  if (before.text === null || after.text === null) return ['', `${head}: the text is not available`]
  const whole = difference(before.text, after.text)
  if (isAnotherText(whole)) return ['', `${head}: another text (${sizeText(whole)})`]
  const lines = around(whole).map(line =>
    line === null ? '  …' : truncate(`  ${line.sign} ${sanitizeText(line.text, 400)}`, wide).trimEnd(),
  )
  const more = lines.length > MAX_LINES ? [`  … ${lines.length - MAX_LINES} more lines: --json prints all`] : []
  return ['', head, ...lines.slice(0, MAX_LINES), ...more]
}
