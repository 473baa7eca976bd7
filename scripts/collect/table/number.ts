/** Parses a number as people write it in a cell. */

export interface Reading {
  /** null: the cell says that there is no value. */
  value: number | null
  percent: boolean
  /** How it was interpreted; null for a plain number. */
  note: 'thousands' | 'decimal comma' | 'approximate' | 'unit' | null
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
  // "44.0 GB", "12ms", "0.9979 (best)"
  const [, head = ''] = /^([-+]?[\d.,]+(?:e[-+]?\d+)?)\s*(?:[a-z/]{1,8}|\([^)]*\)|[*†!]+)$/i.exec(bare) ?? []
  const inner = asNumber(head)
  return inner ? { ...inner, percent, note: inner.note ?? 'unit' } : null
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
