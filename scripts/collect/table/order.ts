/** Orders rows as a session: the baseline first, each with the best before it, and each commit assigned to one row. */
import { change } from '../../lib/format.ts'
import type { Note } from '../source.ts'
import { type Ledger, type LedgerRow, note } from './ledger.ts'

export interface OrderedRow extends LedgerRow {
  /** Commit hash in lower case; null if missing or assigned to another row. */
  commit: string | null
  /** The commit cell as written. */
  written: string | null
  /** Number of the last keep before it; null for the baseline. */
  parent: number | null
  /** Gain over that keep, positive is better; null if either was not measured. */
  gain: number | null
}

export function orderRows({ rows, metric }: Ledger): { rows: OrderedRow[]; notes: Note[] } {
  const notes: Note[] = []
  const first = rows.findIndex(row => row.as === 'keep' && row.metric !== null)
  const start =
    first >= 0
      ? first
      : Math.max(
          0,
          rows.findIndex(row => row.metric !== null),
        )
  const baseline = rows[start]
  const inOrder = baseline ? [baseline, ...rows.filter((_, i) => i !== start)] : []
  if (start > 0)
    notes.push(
      note(
        'baseline',
        `The first row that was kept and measured, in line ${baseline?.line}, is taken to be the baseline.`,
        { lines: [baseline?.line ?? 0] },
      ),
    )

  const owners = commitOwners(inOrder)
  let best: { number: number; metric: number | null } | null = null
  const ordered = inOrder.map((row, number): OrderedRow => {
    const parent = best
    const gain =
      parent?.metric != null && row.metric !== null ? change(row.metric - parent.metric, metric.goal) + 0 : null
    if (number === 0 || (row.as === 'keep' && row.metric !== null)) best = { number, metric: row.metric }
    const hash = hashOf(row.commit)
    return {
      ...row,
      commit: owners.get(hash ?? '') === number ? hash : null,
      written: row.commit,
      parent: parent?.number ?? null,
      gain,
    }
  })
  return { rows: ordered, notes: [...notes, ...sharedNotes(inOrder)] }
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
