/** Orders rows as a session: the baseline first, each with the best before it, and each commit assigned to one row. */
import { change } from '../../lib/format.ts'
import type { Metric } from '../../record/schema.ts'
import type { Note } from '../source.ts'
import type { Ledger } from './ledger.ts'
import { note } from './notes.ts'
import { namedBaseline } from './parts.ts'
import type { LedgerRow } from './rows.ts'

export interface OrderedRow extends LedgerRow {
  /** Commit hash in lower case; null if missing or assigned to another row. */
  commit: string | null
  /** The commit cell as written. */
  written: string | null
  /** Number of the best kept row before it, the baseline included; null for the baseline. */
  parent: number | null
  /** Gain over that row, positive is better; null if either was not measured. */
  gain: number | null
}

/** @param rows those of one session, in the order of the table */
export function orderRows({ rows, metric }: Pick<Ledger, 'rows' | 'metric'>): { rows: OrderedRow[]; notes: Note[] } {
  const start = baselineOf(rows, metric.goal)
  const baseline = rows[start]
  const inOrder = baseline ? [baseline, ...rows.filter((_, i) => i !== start)] : []
  const owners = commitOwners(inOrder)
  let best: { number: number; metric: number | null } | null = null
  const ordered = inOrder.map((row, number): OrderedRow => {
    const parent = best
    const gain =
      parent?.metric != null && row.metric !== null ? change(row.metric - parent.metric, metric.goal) + 0 : null
    // A row without a value is nothing to compare with, and of two equal ones the later is what was built on.
    if (number === 0 || (row.as === 'keep' && row.metric !== null && (gain ?? 0) >= 0))
      best = { number, metric: row.metric }
    const hash = hashOf(row.commit)
    return {
      ...row,
      commit: owners.get(hash ?? '') === number ? hash : null,
      written: row.commit,
      parent: parent?.number ?? null,
      gain,
    }
  })
  return { rows: ordered, notes: [...baselineNote(rows, start), ...sharedNotes(inOrder)] }
}

/** Index of the baseline: the row that says so, else the first that was kept and measured, else the first measured. */
function baselineOf(rows: LedgerRow[], goal: Metric['goal']): number {
  const named = namedBaseline(rows, goal)
  if (named !== null) return named
  const kept = rows.findIndex(row => row.as === 'keep' && row.metric !== null)
  const measured = rows.findIndex(row => row.metric !== null)
  return Math.max(0, kept >= 0 ? kept : measured)
}

/** Says which row was taken to be the baseline, unless the first row says that it is, or was kept. */
function baselineNote(rows: LedgerRow[], start: number): Note[] {
  const row = rows[start]
  if (!row || row.metric === null) return []
  const about = { lines: [row.line] }
  const named = rows.filter(other => other.baseline !== null && other.metric !== null)
  if (row.baseline !== null) {
    const text = `${named.length} rows call themselves a baseline: the best of the first ones, in line ${row.line}, is taken, so that no gain is claimed among them.`
    return start > 0 && named.length > 1 ? [note('baseline', text, about)] : []
  }
  if (row.as !== 'keep')
    return [
      note(
        'baseline',
        `No row is known to have been kept: the first measured one, in line ${row.line}, is taken to be the baseline.`,
        about,
      ),
    ]
  const unmeasured = rows.slice(0, start).find(other => other.baseline !== null)
  const but = unmeasured ? `, for the one that calls itself so, in line ${unmeasured.line}, has no value` : ''
  const text = `The first row that was kept and measured, in line ${row.line}, is taken to be the baseline${but}.`
  return start > 0 ? [note('baseline', text, about)] : []
}

const hashOf = (text: string | null): string | null =>
  text !== null && /^[0-9a-f]{7,64}$/i.test(text) ? text.toLowerCase() : null

/**
 * A commit in several rows belongs to the first kept one: the others were made on it and never committed. Where none was
 * kept they were all made on a commit that no row measures, unless it is the baseline's.
 */
function commitOwners(rows: LedgerRow[]): Map<string, number> {
  const numbered = rows.flatMap(({ commit, as }, number) => {
    const hash = hashOf(commit)
    return hash === null ? [] : [{ hash, as, number }]
  })
  const owners = new Map<string, number>()
  for (const [hash, same] of Map.groupBy(numbered, ({ hash }) => hash)) {
    const first = same.find(({ as }) => as === 'keep') ?? same[0]
    if (first && (first.as === 'keep' || first.number === 0 || same.length === 1)) owners.set(hash, first.number)
  }
  return owners
}

function sharedNotes(rows: LedgerRow[]): Note[] {
  const numbered = rows.flatMap((row, number) => (hashOf(row.commit) === null ? [] : [{ ...row, number }]))
  const shared = [...Map.groupBy(numbered, row => hashOf(row.commit) as string)].filter(([, same]) => same.length > 1)
  if (shared.length === 0) return []
  const all = shared.flatMap(([, same]) => same)
  const commits = shared.length === 1 ? 'One commit stands' : `${shared.length} commits stand`
  const text = `${commits} in ${all.length} rows: only the kept one, or the baseline, is taken to have it, the others to have no commit of their own.`
  return [note('same-commit', text, { experiments: all.map(row => row.number), lines: all.map(row => row.line) })]
}
