/** Constants of the editable files, side by side. */
import type { Setting, SettingRow, Side } from './schema.ts'

/**
 * Every constant that any side has; what differs at the heads comes first, in the order of the files' lines. A file is
 * known by its name without folders: a target may lie deeper in one repository than in another.
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
 * Whether two sides are known to end with different values. Where only the moved constants are known, one that is not
 * among them stands at a baseline that nobody recorded: no reason to say that it differs.
 */
function differs({ values }: SettingRow, sides: Side[]): boolean {
  const heads = values.flatMap((value, at) =>
    value === null ? (sides[at]?.settings.all && sides[at].settings.values.length > 0 ? [null] : []) : [value.head],
  )
  return new Set(heads.map(head => (head === null ? null : plain(head)))).size > 1
}

/** The same value written otherwise is no other: 0.50 and .5, "SSSL" and 'SSSL'. */
function plain(raw: string): string {
  const number = Number(raw.replaceAll('_', ''))
  return raw.trim() !== '' && Number.isFinite(number) ? String(number) : raw.replaceAll("'", '"').replace(/\s+/g, '')
}

export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
