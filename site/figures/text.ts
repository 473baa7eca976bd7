/** Text in figures: its width, and descriptions shortened to a label. */

/** Font size of figures in pixels, as in the style sheet. */
export const size = 12

/** Separates a label's value from its name. */
export const gap = '\u2002'

/** Advance widths of Helvetica in thousandths of the font size; other letters count 556. */
const groups: [number, string][] = [
  [222, 'ijl'],
  [278, ' .,:;/!ftI|'],
  [333, '()-r[]'],
  [500, 'sckvxyzJ'],
  [584, '−+±=<>'],
  [611, 'FTZ'],
  [667, 'ESPVXYAKB'],
  [722, 'RCDHNUw'],
  [778, 'GOQ'],
  [833, 'mM'],
  [889, '%'],
  [944, 'W'],
  [1000, '→…'],
]
const advance = new Map(groups.flatMap(([width, letters]) => [...letters].map(letter => [letter, width] as const)))

/** Width of a text in pixels; characters above U+2FFF count as wide as the font size. */
export function textWidth(text: string, size: number, bold = false): number {
  let width = 0
  for (const letter of text) width += advance.get(letter) ?? ((letter.codePointAt(0) ?? 0) > 0x2fff ? 1000 : 556)
  return ((width * size) / 1000) * (bold ? 1.06 : 1)
}

/** The same in the widest of the usual fonts, for labels that must not touch in any of them. */
export const labelWidth = (text: string, bold = false): number => textWidth(text, size, bold) * WIDE_FONT

/** The widest of the usual fonts against Helvetica. */
const WIDE_FONT = 1.17

/** Shortens a description to a label: "halve batch 524K to 262K (more steps in 5 min)" → "halve batch 524K→262K". */
export function short(description: string, limit = 34): string {
  const label = description
    .replace(/\s*[(;\n].*$/s, '')
    .replace(/(\S*\d\S*) (?:to|→|->) (\S*\d\S*)/, '$1→$2')
    .trim()
  return cut(label || description, limit)
}

/** At most `limit` characters, with an ellipsis where the text was cut. */
export function cut(text: string, limit: number): string {
  const letters = [...text]
  return letters.length <= limit
    ? text
    : `${letters
        .slice(0, limit - 1)
        .join('')
        .trimEnd()}…`
}

/** As much of a text as fits into `room` pixels, in the widest of the usual fonts. */
export function fitted(text: string, room: number, size = 12, bold = false): string {
  const fits = (part: string) => textWidth(part, size, bold) * WIDE_FONT <= room
  if (fits(text)) return text
  let letters = [...text]
  while (letters.length > 1 && !fits(`${letters.join('')}…`)) letters = letters.slice(0, -1)
  return `${letters.join('').trimEnd()}…`
}
