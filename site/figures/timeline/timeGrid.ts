/** Splits a time range into lines of equal length, and cuts bars at line ends. Times are seconds since 1970. */

export interface TimeGrid {
  /** Length of a line in seconds, and as text: "an hour". */
  unit: number
  text: string
  /** Name and end time of each line. */
  lines: { text: string; end: number }[]
  /** Seconds from the start of the line. */
  ticks: number[]
  tickText: (seconds: number) => string
  place: (time: number) => { line: number; x: number }
}

/** Length of a line and distance of its ticks, in seconds. */
const units = [
  [10, 5],
  [30, 10],
  [60, 15],
  [300, 60],
  [600, 120],
  [1800, 600],
  [3600, 900],
  [7200, 1800],
  [10_800, 3600],
  [21_600, 3600],
  [43_200, 10_800],
  [86_400, 21_600],
  [172_800, 43_200],
  [604_800, 86_400],
] as [number, number][]

const MAX_LINES = 14

/** At most 14 lines, each starting at a round time. @param least shortest length of a line in seconds */
export function timeGrid(start: number, end: number, least = 0): TimeGrid {
  const count = (unit: number) => Math.floor(Math.max(start, end - 1e-3) / unit) - Math.floor(start / unit) + 1
  const [unit, tick] = units.find(([u]) => u >= least && count(u) <= MAX_LINES) ?? [
    604_800 * Math.ceil(count(604_800) / MAX_LINES),
    604_800,
  ]
  const origin = Math.floor(start / unit) * unit
  const lines = Array.from({ length: count(unit) }, (_, i) => {
    const at = origin + i * unit
    return { text: lineName(at, unit, i === 0 || new Date(at * 1000).getUTCHours() === 0), end: at + unit }
  })
  const ticks = Array.from({ length: Math.round(unit / tick) + 1 }, (_, i) => i * tick)
  const place = (time: number) => {
    const line = Math.min(lines.length - 1, Math.max(0, Math.floor((time - origin) / unit)))
    return { line, x: time - origin - line * unit }
  }
  return { unit, text: unitText(unit), lines, ticks, tickText: s => (s === 0 ? '0' : brief(s, tick)), place }
}

const twoDigits = (n: number): string => String(n).padStart(2, '0')
const month = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'short' })

/** "03:00"; "8 Mar" for lines of a day. Lines of several hours name the day where it begins. */
function lineName(at: number, unit: number, first: boolean): string {
  const date = new Date(at * 1000)
  const clock = `${twoDigits(date.getUTCHours())}:${twoDigits(date.getUTCMinutes())}`
  if (unit >= 86_400) return month.format(date)
  if (unit > 3600 * 3 && first) return `${month.format(date)} ${clock}`
  return unit < 60 ? `${clock}:${twoDigits(date.getUTCSeconds())}` : clock
}

const steps = [
  [604_800, 'week'],
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const

function unitText(seconds: number): string {
  const [size, name] = steps.find(([s]) => seconds % s === 0) ?? steps[4]
  const n = seconds / size
  return n === 1 ? `${name === 'hour' ? 'an' : 'a'} ${name}` : `${n} ${name}s`
}

const short = { week: 'wk', day: 'd', hour: 'h', minute: 'min', second: 's' }
/** In the largest unit in which every tick is a whole number. */
function brief(seconds: number, tick: number): string {
  const [size, name] = steps.find(([s]) => tick % s === 0 && s <= 86_400) ?? steps[4]
  return `${seconds / size} ${short[name]}`
}

export interface Bar<T> {
  of: T
  line: number
  /** Seconds from the line's beginning. */
  from: number
  to: number
  /** Whether it is the longest part, which gets the label. */
  first: boolean
}

/** Cuts bars at line ends; none is shorter than `least` seconds. */
export function cutToLines<T extends { start: number; end: number }>(
  list: T[],
  grid: TimeGrid,
  least: number,
): Bar<T>[] {
  return list.flatMap(of => {
    const parts: Bar<T>[] = []
    let at = of.start
    do {
      const { line, x } = grid.place(at)
      const to = Math.min(grid.unit, x + Math.max(least, of.end - at))
      parts.push({ of, line, from: Math.max(0, x), to, first: false })
      at = Math.max(at + least, grid.lines[line]?.end ?? at)
    } while (at < of.end - least && parts.length < grid.lines.length && grid.place(at).line > (parts.at(-1)?.line ?? 0))
    const longest = parts.reduce((a, b) => (b.to - b.from > a.to - a.from ? b : a))
    longest.first = true
    return parts
  })
}

/** Assigns each span a lane, from 1, so that no two spans in a lane overlap. */
export function lanes<T extends { start: number; end: number }>(spans: T[]): Map<T, number> {
  const ends: number[] = []
  const found = new Map<T, number>()
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const free = ends.findIndex(end => end <= span.start + 0.5)
    const lane = free < 0 ? ends.length : free
    ends[lane] = span.end
    found.set(span, lane + 1)
  }
  return found
}
