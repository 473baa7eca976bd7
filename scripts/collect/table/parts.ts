/**
 * Finds where a table starts over: a further row that calls itself a baseline begins another session, and what it has over
 * the rows before is no gain. Pure.
 */
import { change } from '../../lib/format.ts'
import type { Metric } from '../../record/schema.ts'
import type { LedgerRow, TableRow } from './rows.ts'
import { normalizedName } from './split/lines.ts'

/**
 * "baseline", "Baseline (this machine)", "new baseline on H100", "baseline: seed 2"; not "baseline + dropout" or "baseline
 * with a larger batch", which name a change.
 */
const baselineDescription =
  /^\W{0,4}(?:(?:the|a|new|second|2nd|third|3rd|fresh|unmodified|original)\s+){0,2}baseline(?:$|\s*[([:,;.]|\s+[-–—]\s|\s+(?:on|at|for|again|re-?run|run|repeat|seed|measured|this|here)\b)/i

/** Columns in which "baseline" is said of the row itself; in others, such as "parent", it may name another row. */
const OWN_COLUMN = /^(?:id|run|run_id|exp|exp_id|experiment|tag|label|name|kind|type|phase|delta|change)$/

/** How a row calls itself a baseline. @param isWord whether its status word says so */
export function baselineClaim(
  { description, commit, cells }: Pick<TableRow, 'description' | 'commit' | 'cells'>,
  isWord: boolean,
): LedgerRow['baseline'] {
  if (isWord) return 'status'
  const isSaid =
    baselineDescription.test(description.slice(0, 100)) ||
    /^baseline$/i.test(commit ?? '') ||
    Object.entries(cells).some(([name, cell]) => /^baseline$/i.test(cell) && OWN_COLUMN.test(normalizedName(name)))
  return isSaid ? 'description' : null
}

/** A row that may begin a session: measured, and not said to have failed or to be discarded. */
const isStart = (row: LedgerRow): boolean =>
  row.baseline !== null && row.metric !== null && (row.as === 'keep' || row.as === 'unknown')
const mayBeKept = (row: LedgerRow): boolean => row.metric !== null && (row.as === 'keep' || row.as === 'unknown')

/**
 * The sessions of a table, in its order. A row that calls itself a baseline begins another one, unless the rows after it go
 * on from those before: then it is a repeat. They do where it is no better than the best before, and the next kept row is.
 */
export function sessionsOf(rows: LedgerRow[], goal: Metric['goal']): LedgerRow[][] {
  const parts: LedgerRow[][] = [[]]
  for (const [i, row] of rows.entries()) {
    const part = parts.at(-1) ?? []
    if (isStart(row) && part.some(isChange) && part.some(isGround) && !goesOn(part, row, rows.slice(i + 1), goal))
      parts.push([row])
    else part.push(row)
  }
  return parts.map(asOneSession)
}

/** What a session is built on: rows before the first of these are no session of their own. */
const isGround = (row: LedgerRow): boolean => row.metric !== null && (row.baseline !== null || row.as === 'keep')
/** Baselines that follow each other are runs of one baseline. */
const isChange = (row: LedgerRow): boolean => row.metric !== null && row.baseline === null

function goesOn(before: LedgerRow[], row: LedgerRow, after: LedgerRow[], goal: Metric['goal']): boolean {
  const values = before.filter(mayBeKept).flatMap(({ metric }) => metric ?? [])
  const best = goal === 'minimize' ? Math.min(...values) : Math.max(...values)
  if (values.length === 0 || isBetter(row.metric, best, goal)) return false
  const next = after.find(later => mayBeKept(later) && later.baseline === null)
  return next === undefined || isBetter(next.metric, best, goal)
}

const isBetter = (value: number | null, than: number, goal: Metric['goal']): boolean =>
  value !== null && change(value - than, goal) > 0

/** Rows as one session: only its first rows are its baseline, and a later “baseline” was not kept as a change. */
export function asOneSession(part: LedgerRow[]): LedgerRow[] {
  const change = part.findIndex(isChange)
  return part.map((row, i) => {
    if (row.baseline !== 'status' || row.as !== 'unknown') return row
    return { ...row, as: change >= 0 && i > change ? 'discard' : 'keep' }
  })
}

/**
 * The row that calls itself the baseline of a session: of the first rows the best, so that no gain is claimed among them;
 * else the first before any other kept row. null without one.
 */
export function namedBaseline(rows: LedgerRow[], goal: Metric['goal']): number | null {
  const change = rows.findIndex(isChange)
  const kept = rows.findIndex(row => isChange(row) && row.as === 'keep')
  const named = rows.flatMap((row, i) => (isStart(row) && (i < kept || kept < 0) ? [{ i, metric: row.metric }] : []))
  const first = named.filter(({ i }) => i < change || change < 0)
  const best = first.reduce<(typeof named)[number] | undefined>(
    (a, b) => (a === undefined || isBetter(b.metric, a.metric ?? 0, goal) ? b : a),
    undefined,
  )
  return (best ?? named[0])?.i ?? null
}
