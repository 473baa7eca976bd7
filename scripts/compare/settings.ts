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
 * value, which does not count as different. That a constant does not exist counts only where a session changed it: files
 * that were never the same lack many of each other's.
 */
function differs({ values }: SettingRow, sides: Side[]): boolean {
  const isChanged = values.some(value => value !== null && plainOf(value.baseline) !== plainOf(value.head))
  const heads = values.flatMap((value, at) =>
    value === null ? (isChanged && hasAllSettings(sides[at]) ? [null] : []) : [value.head],
  )
  return new Set(heads.map(plainOf)).size > 1
}

const plainOf = (raw: string | null): string | null => (raw === null ? null : plain(raw))

/** Whether all constants of a side's files are known: one that is not among them does not exist. */
export const hasAllSettings = (side: Side | undefined): boolean =>
  side?.settings.all === true && side.settings.values.length > 0

/** Normalises notations: 0.50 and .5, "SSSL" and 'SSSL' are equal. */
function plain(raw: string): string {
  const number = Number(raw.replaceAll('_', ''))
  return raw.trim() !== '' && Number.isFinite(number) ? String(number) : raw.replaceAll("'", '"').replace(/\s+/g, '')
}

export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
