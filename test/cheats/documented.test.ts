/** The table of docs/trust.md says of each cheat that still works somewhere what the suite expects. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { notebook } from '../../scripts/lib/paths.ts'
import { cheats } from './cheats.ts'

/** [what, without a sandbox, in a sandbox] */
type Row = [string, string, string]

function documented(): Row[] {
  const text = readFileSync(join(notebook, 'docs/trust.md'), 'utf8')
  const section = text.split('\n## What a determined cheat can still do\n')[1] ?? ''
  const lines = section.split('\n').filter(line => line.startsWith('| '))
  return lines.slice(1).map(
    line =>
      line
        .split('|')
        .slice(1, 4)
        .map(cell => cell.trim()) as Row,
  )
}

/** As the suite has it; a cheat that is not tried without a sandbox says nothing about that column. */
function expected(): Map<string, { without: Set<string>; sandboxed: Set<string> }> {
  const rows = new Map<string, { without: Set<string>; sandboxed: Set<string> }>()
  for (const { row, without, sandboxed } of cheats) {
    if (row === undefined) continue
    const found = rows.get(row) ?? { without: new Set(), sandboxed: new Set() }
    rows.set(row, found)
    if (without !== null) found.without.add(without)
    found.sandboxed.add(sandboxed)
  }
  return rows
}

test('each row of the table is one of the suite, with its outcomes', () => {
  const rows = [...expected()].map(([what, { without, sandboxed }]) => [
    what,
    [...without].join(' or '),
    [...sandboxed].join(' or '),
  ])
  expect(documented().toSorted()).toEqual(rows.toSorted())
})

test('each cheat that works somewhere, or is only told, has a row', () => {
  const remaining = cheats.filter(({ without, sandboxed }) =>
    [without, sandboxed].some(outcome => outcome === 'works' || outcome === 'told'),
  )
  expect(remaining.filter(({ row }) => row === undefined).map(({ does }) => does)).toEqual([])
})

test('the suite has as many cheats as it claims, each named once', () => {
  expect(new Set(cheats.map(({ does }) => does)).size).toBe(cheats.length)
  expect(cheats.length).toBeGreaterThan(60)
})
