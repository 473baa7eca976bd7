/** Formats the constants that differ at the heads as a table. Pure. */
import { sanitizeText } from '../../lib/text.ts'
import type { Comparison, SettingRow, Side } from '../schema.ts'
import { hasAllSettings } from '../settings.ts'
import { type Column, tableLines, wrapped } from './columns.ts'
import { type Names, unknown } from './text.ts'

export function settings(sides: Side[], found: Comparison, names: Names, wide: number): string[] {
  const known = sides.filter(side => side.settings.values.length > 0)
  if (known.length === 0) return []
  const rows = found.settings.filter(({ differs }) => differs)
  const wrap = (text: string) => wrapped(text, wide, '  ')
  if (known.length === 1)
    return wrap(`Only the ${found.settings.length} constants of ${names.get(known[0]?.id ?? '')} are known.`)
  if (rows.length === 0)
    return wrap(
      `No constant is known to differ at the end; ${found.settings.length} are equal or known for one session only.`,
    )
  const columns: Column<SettingRow>[] = [
    { head: 'constant', cell: row => sanitizeText(row.name, 40), shrinks: 'all' },
    ...sides.map(
      (side, at): Column<SettingRow> => ({
        head: names.get(side.id) ?? '',
        cell: row => settingText(row.values[at] ?? null, hasAllSettings(side)),
        shrinks: 'all',
      }),
    ),
  ]
  const rest = found.settings.length - rows.length
  return [
    ...tableLines(rows, columns, wide),
    ...(rest > 0 ? wrap(`${rest} more are equal at the end or known for one session only.`) : []),
  ]
}

/** "0.04 → 0.05", or the value alone if it did not change. */
function settingText(value: SettingRow['values'][number], isWhole: boolean): string {
  if (value === null) return isWhole ? 'none' : unknown
  const [from, to] = [value.baseline, value.head].map(raw => (raw === null ? 'none' : sanitizeText(raw, 40)))
  return from === to ? `${to}` : `${from} → ${to}`
}
