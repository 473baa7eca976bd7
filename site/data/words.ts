/** Formats names, dates and links for the pages. Times are UTC. */
import { countWord } from '../../scripts/analysis/numbers.ts'
import { targetOf } from '../../scripts/analysis/target.ts'
import { clockSpan } from '../../scripts/lib/time.ts'
import type { Experiment, Session } from '../../scripts/record/schema.ts'

export { countWord }

/** "three kept changes", "one kept change". */
export const countText = (n: number, one: string, many = `${one}s`): string => `${countWord(n)} ${n === 1 ? one : many}`

/** A number of seeds or re-runs in words, e.g. "two new seeds". */
export const rerunsInWords = (n: number, noun: string): string => countText(n, noun === 'seed' ? 'new seed' : noun)

export { capital } from '../../scripts/lib/text.ts'
export { hrefs } from './hrefs.ts'

const date = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options })
const long = date({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
const brief = date({ day: 'numeric', month: 'long', year: 'numeric' })
const shortest = date({ day: 'numeric', month: 'short', year: 'numeric' })
const clock = date({ hour: '2-digit', minute: '2-digit' })

/** "Sunday 8 March 2026", "8 March 2026", "8 Mar 2026", "03:33". */
export const dayText = (time: string | null): string =>
  time === null ? 'no date' : long.format(new Date(time)).replace(',', '')
export const dateText = (time: string | null): string => (time === null ? 'no date' : brief.format(new Date(time)))
export const shortDate = (time: string): string => shortest.format(new Date(time))
export const clockText = (time: string): string => clock.format(new Date(time))

/** "03:33 to 15:50", "8 Mar, 23:33 to 9 Mar, 07:50"; "since 03:33" while the session runs. */
export function timeSpanText({ startedAt, endedAt }: Pick<Session, 'startedAt' | 'endedAt'>): string {
  if (startedAt === null) return 'not known'
  return endedAt === null ? `since ${clockText(startedAt)}` : clockSpan(startedAt, endedAt)
}

/** The day of a session, as a time: its start, or the day that its id begins with, as a table without times of day gives. */
export function sessionDay({ startedAt, id }: Pick<Session, 'startedAt' | 'id'>): string | null {
  const day = startedAt ?? /^(?:19|20)\d\d-[01]\d-[0-3]\d(?=-)/.exec(id)?.[0] ?? null
  // A collected session may have any name, e.g. "2026-19-39-x".
  return day === null || Number.isNaN(Date.parse(day)) ? null : day
}

/** When an experiment ran, "09:08 to 09:14"; with the day where it is not the session's first; '' if not known. */
export function experimentSpan(
  { startedAt, endedAt }: Pick<Experiment, 'startedAt' | 'endedAt'>,
  session: Pick<Session, 'startedAt'>,
): string {
  const known = startedAt ?? endedAt
  if (known === null) return ''
  const day = known.slice(0, 10) === session.startedAt?.slice(0, 10) ? '' : `${shortDate(known)}, `
  if (startedAt !== null && endedAt !== null)
    return startedAt.slice(0, 10) === endedAt.slice(0, 10)
      ? `${day}${clockSpan(startedAt, endedAt)}`
      : clockSpan(startedAt, endedAt)
  return `${startedAt === null ? 'recorded' : 'begun'} ${day}${clockText(known)}`
}

/** The session's target: the first file that it may edit. */
export const targetText = (session: Session): string => targetOf(session) ?? session.program ?? 'a collected table'
