/** Interprets numbers by their whole column: percent signs in some cells, decimal commas. */
import { plural, sanitizeText } from '../../../lib/text.ts'
import type { Note } from '../../source.ts'
import type { TableRow } from '../rows.ts'

/** Corrects the values in place. @returns the metric's unit: "%" if all values have the sign, else null */
export function normalizeNumbers(rows: TableRow[], notes: Note[]): string | null {
  const filled = rows.filter(row => row.value?.value != null)
  if (filled.some(row => row.value?.note === 'decimal comma'))
    for (const { value } of filled)
      if (value?.note === 'thousands' && value.value !== null && Math.abs(value.value) < 1e6) {
        value.value /= 1000
        value.note = 'decimal comma'
      }
  const signed = filled.filter(row => row.value?.percent)
  if (signed.length === 0) return null
  if (signed.length === filled.length) return '%'
  // Next to 0.912, 91.2% is a fraction too; next to 91.2 it is not.
  const fractions = filled.every(row => row.value?.percent || Math.abs(row.value?.value ?? 0) <= 1)
  if (fractions) for (const { value } of signed) if (value?.value != null) value.value /= 100
  const how = fractions ? 'read as fractions, like the values beside them' : 'read as the values beside them are'
  notes.push({
    code: 'percent',
    text: `Some values have a percent sign and some have none; they are ${how}.`,
    experiments: [],
    lines: signed.map(row => row.line),
  })
  return null
}

/** What one value has, and several have. */
const NOTE_TEXTS = {
  thousands: ['has separators of thousands', 'have separators of thousands'],
  'decimal comma': ['has a comma as its decimal point', 'have a comma as their decimal point'],
  approximate: [
    'is given as approximate, or with a ±, which is left out',
    'are given as approximate, or with a ±, which is left out',
  ],
  multiple: [
    'is given in thousands (K) or millions (M), and may be rounded',
    'are given in thousands (K) or millions (M), and may be rounded',
  ],
  part: [
    'says how many of how many, such as 3/5, and is read as the first number',
    'say how many of how many, such as 3/5, and are read as the first number',
  ],
  unit: [
    'has a unit or a remark behind it, which is left out',
    'have a unit or a remark behind them, which is left out',
  ],
} as const

/** Notes on how values were read, by kind. */
export function numberNotes(rows: TableRow[]): Note[] {
  return (Object.keys(NOTE_TEXTS) as (keyof typeof NOTE_TEXTS)[]).flatMap(kind => {
    const lines = rows.filter(row => row.value?.note === kind).map(row => row.line)
    const text = `${plural(lines.length, 'value')} ${NOTE_TEXTS[kind][lines.length === 1 ? 0 : 1]}${kind === 'unit' ? unitsText(rows) : ''}.`
    return lines.length === 0 ? [] : [{ code: 'number', text, experiments: [], lines }]
  })
}

/** Values with different units cannot be compared, nor those of different configurations. */
function unitsText(rows: TableRow[]): string {
  const units = new Set(
    rows.flatMap(({ value }) =>
      value?.note === 'unit' && /^[a-z]/i.test(value.behind ?? '') ? [value.behind ?? ''] : [],
    ),
  )
  const [first, second] = [...units].map(unit => `“${sanitizeText(unit, 40)}”`)
  if (first === undefined || second === undefined) return ''
  return `; they have ${units.size} different ones, e.g. ${first} and ${second}, and may not be comparable`
}
