/** Times of a foreign session: of its experiments, its start and its end, from its commits and its time column. Pure. */
import { plural, sanitizeText } from '../lib/text.ts'
import type { History } from './git/history.ts'
import type { Note } from './source.ts'
import { note } from './table/notes.ts'
import type { OrderedRow } from './table/order.ts'
import { normalizedName } from './table/split/lines.ts'
import { onDay, readTime, type Time } from './table/values/time.ts'

export interface Times {
  /** Start of each row's experiment: the time of its commit, which precedes its run, or of a column such as "started_at". */
  starts: (string | null)[]
  /** When each row was written, after its run: the time column. */
  ends: (string | null)[]
  /** Time of each row's commit; null as a whole where commits do not tell the session's times. */
  commits: (string | null)[]
  /** Days in the time column, also of cells without a time of day. */
  days: string[]
  notes: Note[]
}

/** @param column name of the time column; null without one */
export function rowTimes(rows: OrderedRow[], history: History | null, column: string | null): Times {
  const made = commitTimes(rows, history)
  const table = tableTimes(
    rows,
    column,
    made.at.some(time => time !== null),
  )
  const isStart = /(?:^|_)(?:start|started|begin|began|launched)(?:_|$)/.test(normalizedName(column ?? ''))
  const starts = rows.map((_, i) => made.at[i] ?? (isStart ? (table.at[i] ?? null) : null))
  // A row is not written before its commit; where it is, one of the two clocks is wrong.
  const ends = rows.map((_, i) => {
    const [end, start] = [isStart ? null : (table.at[i] ?? null), starts[i] ?? null]
    return end !== null && start !== null && Date.parse(end) < Date.parse(start) ? null : end
  })
  return { starts, ends, commits: made.at, days: table.days, notes: [...made.notes, ...table.notes] }
}

/** Commit times; dropped if all commits were made within a minute, as after a rebase or copy. */
function commitTimes(rows: OrderedRow[], history: History | null) {
  const at = rows.map((_, number) => history?.rows[number]?.at ?? null)
  const known = at.flatMap(time => (time === null ? [] : [Date.parse(time)]))
  const span = known.length === 0 ? 0 : Math.max(...known) - Math.min(...known)
  if (known.length < 4 || span >= 60_000) return { at, notes: [] }
  const text = `${known.length} commits were made within a minute, so their times are not those of the session.`
  return { at: at.map(() => null), notes: [note('times', text)] }
}

/** Times of the time column, in UTC. @param hasCommits whether commits tell times, which have a zone */
function tableTimes(rows: OrderedRow[], column: string | null, hasCommits: boolean) {
  const cells = rows.map(row => (row.time === null ? null : withDay(readTime(row.time), row)))
  const days = cells.flatMap(time => time?.day ?? [])
  const known = cells.filter(time => time?.at != null)
  const notes: Note[] = []
  const name = sanitizeText(column ?? '', 60)
  const odd = rows.filter((row, i) => row.time !== null && cells[i] === null)
  if (odd.length > 0)
    notes.push(
      note(
        'times',
        `${plural(odd.length, 'cell')} of ${name} could not be read as a time, e.g. “${sanitizeText(odd[0]?.time ?? '', 40)}”.`,
        { lines: odd.map(row => row.line) },
      ),
    )
  const unzoned = known.some(time => !time?.zoned)
  if (unzoned && hasCommits) {
    const text = `The times of ${name} have no time zone; the times of the commits are taken.`
    return { at: cells.map(() => null), days, notes: [...notes, note('times', text)] }
  }
  if (unzoned) notes.push(note('times', `The times of ${name} have no time zone and are taken to be UTC.`))
  return { at: cells.map(time => time?.at ?? null), days, notes }
}

/** A time of day belongs to the day that the same row names in another column. */
function withDay(time: Time | null, { cells }: OrderedRow): Time | null {
  if (time === null || time.clock === null) return time
  const dated = Object.entries(cells).find(([name]) => /^(?:date|day)$/.test(normalizedName(name)))
  const day = readTime(dated?.[1] ?? '')?.day ?? null
  return day === null ? time : { ...time, day, at: onDay(day, time.clock) }
}

interface Moment {
  time: string
  /** A sentence without its full stop. */
  why: string
}

/**
 * The first and the last time that is known: from one budget before the first commit or row (the baseline's run) to the last
 * commit that changed code, or the last row.
 */
export function spanOf(rows: OrderedRow[], history: History | null, times: Times, budget: number | null) {
  const starts = [firstCommit(rows, times, budget), firstRow(times, budget)].filter(moment => moment !== null)
  const ends = [...lastCommit(times, history), ...lastRow(times)]
  const start = starts.toSorted((a, b) => Date.parse(a.time) - Date.parse(b.time))[0]
  const end = ends.toSorted((a, b) => Date.parse(b.time) - Date.parse(a.time))[0]
  if (!start || !end) return { start: null, end: null, notes: [] }
  return { start: start.time, end: end.time, notes: [note('times', `${start.why}. ${end.why}.`)] }
}

const earlier = (time: string, seconds: number): string => new Date(Date.parse(time) - 1000 * seconds).toISOString()

function firstCommit(rows: OrderedRow[], { commits }: Times, budget: number | null): Moment | null {
  const number = commits.findIndex((time, i) => time !== null && (i > 0 || rows[0]?.commit !== null))
  const time = commits[number]
  if (!time) return null
  if (number === 0 || budget === null)
    return {
      time: earlier(time, number === 0 ? 0 : (budget ?? 0)),
      why: `The session is taken to begin with the commit of experiment ${number}`,
    }
  return {
    time: earlier(time, budget),
    why: 'The session is taken to begin one budget before the first commit, for the baseline ran then',
  }
}

function firstRow({ starts, ends, commits }: Times, budget: number | null): Moment | null {
  const began = least(starts.filter((time, i) => time !== null && commits[i] === null))
  const written = least(ends)
  if (began !== null && (written === null || began <= written))
    return { time: began, why: 'The session is taken to begin with the first start in the table' }
  if (written === null) return null
  return budget === null
    ? {
        time: written,
        why: 'The session is taken to begin with the first time in the table, taken as the end of a run',
      }
    : {
        time: earlier(written, budget),
        why: 'The session is taken to begin one budget before the first time in the table, taken as the end of a run',
      }
}

function lastCommit({ commits }: Times, history: History | null): Moment[] {
  const known = [...commits, history?.lastCommit?.at ?? null]
  const last = commits.every(time => time === null) ? null : most(known)
  return last === null ? [] : [{ time: last, why: 'It is taken to end with its last commit that changed code' }]
}

function lastRow({ starts, ends, commits }: Times): Moment[] {
  const last = most([...ends, ...starts.filter((_, i) => commits[i] === null)])
  return last === null ? [] : [{ time: last, why: 'It is taken to end with the last time in the table' }]
}

const sorted = (times: (string | null)[]): string[] =>
  times.filter(time => time !== null).toSorted((a, b) => Date.parse(a) - Date.parse(b))
const least = (times: (string | null)[]): string | null => sorted(times)[0] ?? null
const most = (times: (string | null)[]): string | null => sorted(times).at(-1) ?? null
