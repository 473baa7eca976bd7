/** Parses a number as people write it in a cell. */

export interface Reading {
  /** null: the cell says that there is no value. */
  value: number | null
  percent: boolean
  /** How it was interpreted; null for a plain number. */
  note: 'thousands' | 'decimal comma' | 'approximate' | 'multiple' | 'part' | 'unit' | null
  /** What stands behind the number and is left out. */
  behind?: string
}

const missing = new Set([
  '',
  '-',
  '–',
  '—',
  '―',
  '?',
  '.',
  '…',
  'null',
  'none',
  'nil',
  'nan',
  'n/a',
  'na',
  'inf',
  '+inf',
  '-inf',
  'infinity',
  '-infinity',
  'oom',
  'crash',
  'crashed',
  'failed',
  'fail',
  'error',
  'timeout',
  'diverged',
  'undefined',
  'tbd',
  'pending',
])
const plain = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i

/** @returns null if the cell is neither a number nor a word for "no value" */
export function readNumber(cell: string): Reading | null {
  if (cell.length > 60) return null
  const text = cell.trim().replaceAll('−', '-')
  if (missing.has(text.toLowerCase())) return { value: null, percent: false, note: null }
  const percent = /\d\s*%$/.test(text)
  const approximate = /^[~≈]/.test(text) || /\d\s*(?:±|\+\/-)/.test(text)
  const bare = text
    .replace(/^[~≈]\s*/, '')
    .replace(/\s*(?:±|\+\/-).*$/, '')
    .replace(/\s*%$/, '')
  const number = asNumber(bare)
  if (number) return { ...number, percent, note: number.note ?? (approximate ? 'approximate' : null) }
  return asMultiple(bare) ?? asPart(bare) ?? withUnit(bare, percent)
}

/** "970K", "1.2M tok/s". */
function asMultiple(text: string): Reading | null {
  const [, head = '', letter = '', unit = ''] =
    /^([-+]?[\d.,]+)\s?([KkM])(?:\s+([A-Za-z][\w/@%.:-]{0,40}))?$/.exec(text) ?? []
  const number = asNumber(head)
  if (number?.value == null) return null
  // The decimal point is moved: 1.005 times a thousand is not 1005 in binary.
  return { value: Number(`${number.value}e${letter === 'M' ? 6 : 3}`), percent: false, note: 'multiple', behind: unit }
}

/** "88/88", "3.7/5": so many of so many. */
function asPart(text: string): Reading | null {
  const [, head = '', whole = ''] = /^([-+]?[\d.]+)\s*(\/\s*\d+(?:\.\d+)?)$/.exec(text) ?? []
  const number = asNumber(head)
  return number && { ...number, percent: false, note: 'part', behind: whole }
}

/** "44.0 GB", "12ms", "0.9979 (best)", "1223.2 agg_tps@6streams", "19.4x@4". */
function withUnit(text: string, percent: boolean): Reading | null {
  const [, head = '', unit = '', longer = ''] =
    /^([-+]?[\d.,]+(?:e[-+]?\d+)?)(?:\s*([a-z/]{1,8}(?:@\w{1,20})?|\([^)]*\)|[*†!]+)|\s([a-z][\w/@%.:-]{0,40}))$/i.exec(
      text,
    ) ?? []
  const number = asNumber(head)
  return number && { ...number, percent, note: number.note ?? 'unit', behind: unit || longer }
}

function asNumber(text: string): Pick<Reading, 'value' | 'note'> | null {
  if (plain.test(text)) return finite(Number(text), null)
  // 1,234.56 1'234.56 1 234.56 1_234.56
  if (/^[-+]?\d{1,3}([,'_\u2019 \u00a0\u202f])\d{3}(?:\1\d{3})*(?:\.\d+)?$/.test(text) && !/^[-+]?0/.test(text))
    return finite(Number(text.replace(/[,'_\u2019 \u00a0\u202f]/g, '')), 'thousands')
  // 1.234,56
  if (/^[-+]?\d{1,3}(?:\.\d{3})+,\d+$/.test(text))
    return finite(Number(text.replaceAll('.', '').replace(',', '.')), 'decimal comma')
  if (/^[-+]?\d+,\d+$/.test(text)) return finite(Number(text.replace(',', '.')), 'decimal comma')
  return null
}

const finite = (value: number, note: Reading['note']) => (Number.isFinite(value) ? { value, note } : null)
