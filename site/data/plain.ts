/** Words that others wrote, before they reach a page: no control characters, no escape codes, no text that turns round. */
import { stripVTControlCharacters } from 'node:util'

/** Carriage returns and the beginnings of escape codes are among them. */
const unwanted =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g

/** One text. Of a line that was overwritten by carriage returns (a progress bar) the last state stays. */
export function plain(text: string): string {
  // As nearly all are.
  if (text.search(unwanted) < 0) return text
  return stripVTControlCharacters(text)
    .replace(/\r\n/g, '\n')
    .replace(/[^\n]*\r(?=[^\n])/g, '')
    .replace(unwanted, '')
}

/** Every text in a record, however deep. */
export function plainRecord<T>(value: T): T {
  if (typeof value === 'string') return plain(value) as T
  if (Array.isArray(value)) return value.map(plainRecord) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [plain(key), plainRecord(v)])) as T
}
