/** Parses a time as people and programs write it in a cell. Pure. */

export interface Time {
  /** ISO 8601 in UTC; null where the cell has only a day, or only a time of day. */
  at: string | null
  /** "2026-03-21", in the zone of the cell; null for a time of day. */
  day: string | null
  /** "09:08:00", of a cell that has no day; else null. */
  clock: string | null
  /** Whether the cell says its zone; without one it is read as UTC. */
  zoned: boolean
}

/** Times outside of these years are something else, e.g. a count. */
const YEARS = { first: 1990, last: 2199 }

/** @returns null if the cell holds no time */
export function readTime(cell: string): Time | null {
  const text = cell.trim()
  if (text.length > 60) return null
  return readEpoch(text) ?? readDate(text) ?? readClock(text)
}

/** Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their number of digits. */
function readEpoch(text: string): Time | null {
  const [, digits = '', fraction = ''] = /^(\d{10}|\d{13}|\d{16}|\d{19})(\.\d{1,9})?$/.exec(text) ?? []
  if (digits === '' || (fraction !== '' && digits.length > 13)) return null
  const ms = Number(`${digits}${fraction}`) * 10 ** (13 - digits.length)
  const at = isoOf(ms)
  return at === null ? null : { at, day: at.slice(0, 10), clock: null, zoned: true }
}

const DATE =
  /^(\d{4})([-/.]?)(\d\d)\2(\d\d)(?:(?:[T_ -]| +at +)(\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?(?:\s*[A-Z]{2,5})?)?$/i

/** "2026-03-21", "2026-03-21 01:45:41", "2026-03-21T01:45:41.5+02:00", "20260321_014541". */
function readDate(text: string): Time | null {
  const found = DATE.exec(text)
  if (!found) return null
  const [, year, , month, date, hour, minute, second = '0', fraction = '', zone] = found
  const midnight = Date.UTC(Number(year), Number(month) - 1, Number(date))
  const day = `${year}-${month}-${date}`
  // 2026-02-30 is no date.
  if (isoOf(midnight)?.slice(0, 10) !== day) return null
  if (hour === undefined) return { at: null, day, clock: null, zoned: false }
  const seconds = secondsOf(hour, minute, second)
  if (seconds === null) return null
  const ms = midnight + 1000 * (seconds + Number(`0.${fraction || '0'}`) - offsetOf(zone))
  return { at: isoOf(ms), day, clock: null, zoned: zone !== undefined }
}

/** "09:08", "9:08:30". */
function readClock(text: string): Time | null {
  const [, hour, minute, second = '0'] = /^(\d{1,2}):(\d\d)(?::(\d\d))?$/.exec(text) ?? []
  if (hour === undefined || secondsOf(hour, minute, second) === null) return null
  const clock = [hour, minute ?? '', second].map(part => part.padStart(2, '0')).join(':')
  return { at: null, day: null, clock, zoned: false }
}

/** A time of day on a day. @param day "2026-03-21" @param clock "09:08:00" */
export const onDay = (day: string, clock: string): string | null => isoOf(Date.parse(`${day}T${clock}Z`))

function secondsOf(hour = '', minute = '', second = ''): number | null {
  const [h, m, s] = [hour, minute, second].map(Number) as [number, number, number]
  return h > 23 || m > 59 || s > 60 ? null : 3600 * h + 60 * m + s
}

/** Seconds east of UTC: of "+02:00", "-0530", "+02", "Z". */
function offsetOf(zone = ''): number {
  const [, sign, hours, minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? []
  return sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (3600 * Number(hours) + 60 * Number(minutes))
}

function isoOf(ms: number): string | null {
  const date = new Date(ms)
  const year = date.getUTCFullYear()
  return year >= YEARS.first && year <= YEARS.last ? date.toISOString() : null
}
