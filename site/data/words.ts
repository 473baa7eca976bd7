/** Formats names, dates and links for the pages. Times are UTC. */
import { countWord } from '../../scripts/analysis/numbers.ts'
import { experimentName } from '../../scripts/record/files.ts'
import type { Session } from '../../scripts/record/schema.ts'

export { countWord }

/** "three kept changes", "one kept change". */
export const countText = (n: number, one: string, many = `${one}s`): string => `${countWord(n)} ${n === 1 ? one : many}`

/** A number of seeds or re-runs in words, e.g. "two new seeds". */
export const rerunsInWords = (n: number, noun: string): string => countText(n, noun === 'seed' ? 'new seed' : noun)

export { capital } from '../../scripts/lib/text.ts'

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

/** "03:33 to 15:50"; "since 03:33" while the session runs. */
export function timeSpanText({ startedAt, endedAt }: Pick<Session, 'startedAt' | 'endedAt'>): string {
  if (startedAt === null) return 'not known'
  return endedAt === null ? `since ${clockText(startedAt)}` : `${clockText(startedAt)} to ${clockText(endedAt)}`
}

/** The session's target: the first file that it may edit. */
export function targetText({ contract, program }: Session): string {
  const { edit } = contract
  const first: unknown = Array.isArray(edit) ? edit[0] : edit
  return typeof first === 'string' ? first : (program ?? 'a collected table')
}

/** Rounded seconds for estimates: "40 s", "31 min", "3.5 h". */
export function roughDuration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`
  return seconds < 90 * 60 ? `${Math.round(seconds / 60)} min` : `${Number((seconds / 3600).toFixed(1))} h`
}

/** Links, relative to the notebook's root. */
export const hrefs = {
  session: (id: string): string => `sessions/${encodeURIComponent(id)}.html`,
  experiment: (id: string, n: number): string => `sessions/${encodeURIComponent(id)}/${experimentName(n)}.html`,
  data: (id: string, file: string): string => `sessions/${encodeURIComponent(id)}/${file}`,
}
