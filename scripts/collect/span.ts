/** Start and end of a foreign session, from its commits and its time column. Pure. */
import type { History } from './git/history.ts'
import type { Note } from './source.ts'
import { note } from './table/ledger.ts'
import type { OrderedRow } from './table/order.ts'

export interface Times {
  /** Time of each row's commit, just before its run started. */
  at: (string | null)[]
  /** Days in the time column. */
  days: string[]
  notes: Note[]
}

/** Commit times; dropped if all commits were made within a minute, as after a rebase or copy. */
export function rowTimes(rows: OrderedRow[], history: History | null): Times {
  const days = rows.flatMap(({ time }) => /(?:^|\D)(20\d\d-[01]\d-[0-3]\d)(?:\D|$)/.exec(time ?? '')?.[1] ?? [])
  const at = rows.map((_, number) => history?.rows[number]?.at ?? null)
  const known = at.flatMap(time => (time === null ? [] : [Date.parse(time)]))
  const span = known.length === 0 ? 0 : Math.max(...known) - Math.min(...known)
  if (known.length < 4 || span >= 60_000) return { at, days, notes: [] }
  const text = `${known.length} commits were made within a minute, so their times are not those of the session.`
  return { at: at.map(() => null), days, notes: [note('times', text)] }
}

/** From one budget before the first commit (the baseline's run) to the last commit that changed code. */
export function spanOf(rows: OrderedRow[], history: History | null, { at }: Times, budget: number | null) {
  const known = at.flatMap((time, number) =>
    time === null || (number === 0 && rows[0]?.commit === null) ? [] : [{ time, number }],
  )
  const first = known[0]
  if (!first || !history) return { start: null, end: null, notes: [] }
  const start = new Date(Date.parse(first.time) - (first.number === 0 ? 0 : 1000 * (budget ?? 0))).toISOString()
  const ends = [...known.map(({ time }) => time), ...(history.lastCommit?.at ? [history.lastCommit.at] : [])]
  const end = ends.reduce((a, b) => (Date.parse(b) > Date.parse(a) ? b : a))
  const text =
    first.number === 0 || budget === null
      ? `The session is taken to begin with the commit of experiment ${first.number}.`
      : `The session is taken to begin one budget before the first commit, for the baseline ran then.`
  return { start, end, notes: [note('times', `${text} It is taken to end with its last commit that changed code.`)] }
}
