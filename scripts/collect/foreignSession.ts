/** Builds a session with its mapping, notes and warnings from a ledger and its git history. Pure. */
import { sanitizeText } from '../lib/text.ts'
import { buildSession, type SessionOptions } from './convert.ts'
import type { History } from './git/history.ts'
import type { Note, Source } from './source.ts'
import { type Ledger, note } from './table/ledger.ts'
import { orderRows } from './table/order.ts'
import { gitWarnings, rowWarnings } from './warnings.ts'
import type { ForeignSession } from './write.ts'

/** @param path path of the table @param edited the baseline's versions of the edited files */
export function toForeignSession(
  opened: Pick<SessionOptions, 'from' | 'name'>,
  path: string,
  ledger: Ledger,
  history: History | null,
  request: Pick<SessionOptions, 'id' | 'tag' | 'machine' | 'budget'>,
  edited: Map<string, string>,
): ForeignSession {
  const ordered = orderRows(ledger)
  const { session, experiments, notes } = buildSession(ledger, ordered.rows, history, {
    ...request,
    from: opened.from,
    name: opened.name,
    edit: [...edited.keys()],
  })
  const about = [...ledger.notes, ...ordered.notes, ...gitNotes(history, request.budget), ...notes]
  const source: Source = {
    schema: 1,
    kind: 'table',
    from: opened.from,
    git: history && {
      branch: sanitizeText(history.tableBranch.branch.name),
      why: history.tableBranch.why,
      tip: history.tableBranch.branch.tip,
      base: history.base,
      found: history.rows.filter(commit => commit !== null).length,
    },
    table: { path: sanitizeText(path), ...ledger.table },
    columns: ledger.columns,
    metric: { name: ledger.metric.name, goal: ledger.metric.goal, why: ledger.metric.why, sure: ledger.metric.sure },
    statuses: ledger.statuses,
    notes: about.filter(({ code }) => code !== 'same-commit'),
    doubts: [
      ...about.filter(({ code }) => code === 'same-commit'),
      ...rowWarnings(ordered.rows, ledger.metric.name),
      ...(history ? gitWarnings(history, ordered.rows, request.budget) : []),
    ],
  }
  const patches = new Map([...(history?.patches ?? [])].map(([number, { text }]) => [number, text]))
  return { session, experiments, source, patches, edited, prose: new Map(), copies: [], home: null }
}

function gitNotes(history: History | null, budget: number | null): Note[] {
  if (!history) return []
  const about = (numbers: number[]) => ({ experiments: numbers })
  const found: Note[] = [...history.notes]
  if (history.rows[0] === null && history.base !== null)
    found.push(
      note(
        'base',
        `The baseline has no commit of its own in the repository: it is taken to be the parent of the first kept one, ${history.base.slice(0, 7)}.`,
        about([0]),
      ),
    )
  if (history.tooLarge.length > 0)
    found.push(
      note(
        'large-patch',
        `${history.tooLarge.length} changes are too large to keep as patches.`,
        about(history.tooLarge),
      ),
    )
  if (budget !== null) found.push(note('budget', `A run is taken to train for ${budget} s.`))
  return found
}
