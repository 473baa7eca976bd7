/** Builds a session with its mapping, notes and warnings from a ledger and its git history. Pure. */
import { sanitizeText } from '../lib/text.ts'
import { sourceVersion } from '../record/schema1.ts'
import { buildSession, type SessionOptions } from './convert.ts'
import type { History } from './git/history.ts'
import type { Note, Source } from './source.ts'
import { countWords, type Ledger } from './table/ledger.ts'
import { note } from './table/notes.ts'
import { orderRows } from './table/order.ts'
import { gitWarnings, rowWarnings } from './warnings.ts'
import type { ForeignSession } from './write.ts'

/**
 * @param path path of the table
 * @param part which of the table's sessions, from 0
 * @param edited the baseline's versions of the edited files
 */
export function toForeignSession(
  opened: Pick<SessionOptions, 'from' | 'name'>,
  path: string,
  ledger: Ledger,
  part: number,
  history: History | null,
  request: Pick<SessionOptions, 'id' | 'tag' | 'machine' | 'budget' | 'flags'>,
  edited: Map<string, string>,
): ForeignSession {
  const own = ledger.sessions[part] ?? []
  const ordered = orderRows({ ...ledger, rows: own })
  const { session, experiments, notes } = buildSession(ledger, ordered.rows, history, {
    ...request,
    from: opened.from,
    name: opened.name,
    edit: [...edited.keys()],
    part,
  })
  const about = [...notesFor(own, ledger.notes), ...ordered.notes, ...gitNotes(history, request.budget), ...notes]
  const source: Source = {
    schema: sourceVersion,
    kind: 'table',
    from: opened.from,
    git: history && {
      branch: sanitizeText(history.tableBranch.branch.name),
      why: history.tableBranch.why,
      tip: history.tableBranch.branch.tip,
      base: history.base,
      found: history.rows.filter(commit => commit !== null).length,
    },
    table: { path: sanitizeText(path), ...ledger.table, rows: own.length, elsewhere: ledger.rows.length - own.length },
    columns: ledger.columns,
    metric: { name: ledger.metric.name, goal: ledger.metric.goal, why: ledger.metric.why, sure: ledger.metric.sure },
    statuses: countWords(own),
    notes: about.filter(({ code }) => code !== 'same-commit'),
    warnings: [
      ...about.filter(({ code }) => code === 'same-commit'),
      ...partNotes(ledger.sessions, part, session.id),
      ...rowWarnings(ordered.rows, ledger.metric.name),
      ...(history ? gitWarnings(history, ordered.rows, request.budget) : []),
    ],
  }
  const patches = new Map([...(history?.patches ?? [])].map(([number, { text }]) => [number, text]))
  return { session, experiments, source, patches, edited, prose: new Map(), copies: [], home: null }
}

/** Notes on lines of other sessions of the table are theirs; those that count lines of several say so. */
function notesFor(own: Ledger['rows'], notes: Note[]): Note[] {
  const lines = new Set(own.map(({ line }) => line))
  return notes.flatMap(found => {
    const mine = found.lines.filter(line => lines.has(line)).length
    if (mine === found.lines.length) return [found]
    return mine === 0 ? [] : [{ ...found, text: `In the sessions of the table together: ${found.text}` }]
  })
}

/** What a session of a table with several says of the others. @param id its own id, which ends with its number */
function partNotes(sessions: Ledger['sessions'], part: number, id: string): Note[] {
  if (sessions.length === 1) return []
  const base = part === 0 ? id : id.slice(0, id.lastIndexOf('-'))
  const begins = sessions.flatMap((rows, i) => {
    const [first] = rows
    const called = first && first.description !== '' ? ` (“${sanitizeText(first.description, 60)}”)` : ''
    return i === 0 || !first ? [] : [`line ${first.line}${called}`]
  })
  const which = `The table holds ${sessions.length} sessions, for it starts over with a row that calls itself a baseline: ${begins.join(', ')}.`
  const text = `${which} This is number ${part + 1}; no gain is counted from one to the next. If it is one session, collect it again with --one-session --session-id ${base}-all.`
  return [note('several-sessions', text, { lines: sessions.flatMap(rows => rows[0]?.line ?? []) })]
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
