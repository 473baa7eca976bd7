/** Imports foreign sessions into `sessions/<id>/`: reads it, converts it, prints the mapping, writes what is new. */
import type { Terminal } from '../lib/terminal/terminal.ts'
import { sanitizeText } from '../lib/text.ts'
import { budgetOf, readEdited } from './configuration.ts'
import type { SessionOptions } from './convert.ts'
import { toForeignSession } from './foreignSession.ts'
import { type ForeignGit, withGit } from './git/git.ts'
import { type History, readHistory } from './git/history.ts'
import { findTableBranch, type TableBranch } from './git/tableBranch.ts'
import { type Opened, openSource } from './open.ts'
import { printMapping } from './printMapping.ts'
import { readProse, withProse } from './prose.ts'
import { readForeignSession } from './session.ts'
import type { Note } from './source.ts'
import { type Ledger, type LedgerOptions, readLedger } from './table/ledger.ts'
import { note } from './table/notes.ts'
import { type OrderedRow, orderRows } from './table/order.ts'
import { type Collected, type ForeignSession, saveSession } from './write.ts'

export interface Request extends LedgerOptions, Pick<SessionOptions, 'id' | 'tag' | 'machine' | 'budget' | 'flags'> {
  branch: string | null
  /** Path of the table in the repository or folder. */
  table: string | null
  /** Only print how the source would be read. */
  dry: boolean
}

/**
 * @param root the folder of the sessions
 * @returns the sessions of the source: a table in which a further row calls itself a baseline has several
 * @throws {Failure} if the source cannot be read, or would replace another session
 */
export async function collect(
  source: string,
  request: Request,
  root: string,
  terminal: Terminal,
): Promise<Collected[]> {
  const opened = await openSource(source, request.table)
  const sessions =
    opened.kind === 'session' ? [await readForeignSession(opened, request.id)] : await readSessions(opened, request)
  const collected: Collected[] = []
  for (const [part, session] of sessions.entries()) {
    printMapping(terminal, session, source, part === 0)
    collected.push(await saveSession(root, session, request.dry))
  }
  return collected
}

type OpenedTable = Exclude<Opened, { kind: 'session' }>

async function readSessions(opened: OpenedTable, request: Request): Promise<ForeignSession[]> {
  if (opened.kind === 'table') {
    const { path, bytes, others } = opened.table
    const found = readLedger(bytes, path, request)
    const ledger = { ...found, notes: [...otherTables(others), ...found.notes] }
    return ledger.sessions.map((_, part) => toForeignSession(opened, path, ledger, part, null, request, new Map()))
  }
  return withGit(opened.location, opened.protocol, async git => {
    const tableBranch = await findTableBranch(git, request, opened.loose)
    const { path, bytes } = tableBranch.table
    const ledger = readLedger(bytes, path, request)
    const budget = request.budget ?? (await budgetOf(git, tableBranch.branch.tip))
    const sessions: ForeignSession[] = []
    for (const [part, { rows, history }] of (await readHistories(git, tableBranch, ledger)).entries()) {
      const edited = await readEdited(git, history, rows)
      const session = toForeignSession(opened, path, ledger, part, history, { ...request, budget }, edited)
      sessions.push(withProse(session, await readProse(git, history, [...edited.keys()])))
    }
    return sessions
  })
}

/** Names the tables that were not read, where the one that was is a choice. */
function otherTables(others: string[]): Note[] {
  if (others.length === 0) return []
  const names = others.slice(0, 3).map(path => sanitizeText(path, 80))
  const more = others.length > names.length ? ` and ${others.length - names.length} more` : ''
  return [note('tables', `The folder has other tables: ${names.join(', ')}${more}. --table PATH reads one of them.`)]
}

/** The ordered rows of each session of the table with their commits; each knows the commits of the others. */
async function readHistories(git: ForeignGit, tableBranch: TableBranch, ledger: Ledger) {
  const found: { rows: OrderedRow[]; history: History }[] = []
  for (const session of ledger.sessions) {
    const { rows } = orderRows({ ...ledger, rows: session })
    found.push({ rows, history: await readHistory(git, tableBranch, rows) })
  }
  for (const { history } of found)
    history.elsewhere = found.flatMap(other =>
      other.history === history ? [] : other.history.rows.filter(commit => commit !== null),
    )
  return found
}
