/** Parses durations and clock times; formats dates. */

const units: Record<string, number> = { s: 1, m: 60, h: 3600 }

/** "5m", "90s", "1.5h" → seconds; null for any other text. */
export function parseDuration(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*(s|m|h)$/.exec(text.trim())
  return match ? Number(match[1]) * (units[match[2] ?? ''] ?? Number.NaN) : null
}

/** The next time after `now` when the local clock shows e.g. "07:00"; null when the text is not a clock time. */
export function nextClockTime(text: string, now: Date): Date | null {
  const match = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text.trim())
  if (!match) return null
  const moment = new Date(now)
  moment.setHours(Number(match[1]), Number(match[2]), 0, 0)
  if (moment <= now) moment.setDate(moment.getDate() + 1)
  return moment
}

/** "nov21": the default tag of a session. */
export const dateTag = (now: Date): string =>
  `${now.toLocaleString('en-US', { month: 'short' }).toLowerCase()}${now.getDate()}`

/** "2026-11-21" in local time: the prefix of a session's folder. */
export function dateText(now: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
}

const shortDay: Intl.DateTimeFormatOptions = { timeZone: 'UTC', day: 'numeric', month: 'short' }
const shortDayOfYear: Intl.DateTimeFormatOptions = { ...shortDay, year: 'numeric' }

/** Both moments as clock times, "09:08" and "15:50"; on different days with the day, "8 Mar, 09:08". ISO 8601; UTC. */
export function clockTimes(start: string, end: string): [string, string] {
  const text = (time: string): string => {
    if (start.slice(0, 10) === end.slice(0, 10)) return time.slice(11, 16)
    const form = start.slice(0, 4) === end.slice(0, 4) ? shortDay : shortDayOfYear
    // Made only here: the first formatter of a process takes 15 ms, which every command would wait for.
    const day = new Intl.DateTimeFormat('en-GB', form).format(new Date(time))
    return `${day}, ${time.slice(11, 16)}`
  }
  return [text(start), text(end)]
}

/** "09:08 to 15:50"; over several days "8 Mar, 09:08 to 9 Mar, 00:29". ISO 8601; UTC. */
export const clockSpan = (start: string, end: string): string => clockTimes(start, end).join(' to ')
