/** Compares the constants of the editable files. */
import type { Setting, SettingRow, Side } from './schema.ts'

/**
 * All constants of all sides; those that differ at the heads first, in file order. Files are matched by name without
 * folders, since their paths differ between repositories.
 */
export function settings(sides: Side[]): SettingRow[] {
  const rows = new Map<string, SettingRow>()
  for (const [at, { settings: own }] of sides.entries())
    for (const setting of own.values) {
      const key = `${baseName(setting.file)}\0${setting.name}`
      const row = rows.get(key) ?? rowOf(setting, sides.length)
      rows.set(key, row)
      row.values[at] = { baseline: setting.baseline, head: setting.head }
    }
  const all = [...rows.values()].map(row => ({ ...row, differs: differs(row, sides) }))
  return [...all.filter(row => row.differs), ...all.filter(row => !row.differs)]
}

const rowOf = ({ file, name }: Setting, count: number): SettingRow => ({
  file,
  name,
  differs: false,
  values: Array.from({ length: count }, () => null),
})

/**
 * Whether the heads are known to differ. If only changed constants are known, a constant not among them has an unknown
 * value, which does not count as different.
 */
function differs({ values }: SettingRow, sides: Side[]): boolean {
  const heads = values.flatMap((value, at) =>
    value === null ? (sides[at]?.settings.all && sides[at].settings.values.length > 0 ? [null] : []) : [value.head],
  )
  return new Set(heads.map(head => (head === null ? null : plain(head)))).size > 1
}

/** Normalises notations: 0.50 and .5, "SSSL" and 'SSSL' are equal. */
function plain(raw: string): string {
  const number = Number(raw.replaceAll('_', ''))
  return raw.trim() !== '' && Number.isFinite(number) ? String(number) : raw.replaceAll("'", '"').replace(/\s+/g, '')
}

export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
