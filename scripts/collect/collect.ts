/** Imports a foreign session into `sessions/<id>/`: reads it, converts it, prints the mapping, writes what is new. */
import type { Terminal } from '../lib/terminal.ts'
import { sanitizeText } from '../lib/text.ts'
import { budgetOf, readEdited } from './configuration.ts'
import type { SessionOptions } from './convert.ts'
import { toForeignSession } from './foreignSession.ts'
import { withGit } from './git/git.ts'
import { readHistory } from './git/history.ts'
import { findTableBranch } from './git/tableBranch.ts'
import { type Opened, openSource } from './open.ts'
import { printMapping } from './printMapping.ts'
import { readProse, withProse } from './prose.ts'
import { readForeignSession } from './session.ts'
import type { Note } from './source.ts'
import { type LedgerOptions, note, readLedger } from './table/ledger.ts'
import { orderRows } from './table/order.ts'
import { type Collected, saveSession } from './write.ts'

export interface Request extends LedgerOptions, Pick<SessionOptions, 'id' | 'tag' | 'machine' | 'budget'> {
  branch: string | null
  /** Path of the table in the repository or folder. */
  table: string | null
  /** Only print how the source would be read. */
  dry: boolean
}

/**
 * @param root the folder of the sessions
 * @throws {Failure} if the source cannot be read, or would replace another session
 */
export async function collect(source: string, request: Request, root: string, terminal: Terminal): Promise<Collected> {
  const opened = await openSource(source, request.table)
  const session =
    opened.kind === 'session' ? await readForeignSession(opened, request.id) : await readSession(opened, request)
  printMapping(terminal, session)
  return saveSession(root, session, request.dry)
}

type OpenedTable = Exclude<Opened, { kind: 'session' }>

function readSession(opened: OpenedTable, request: Request) {
  if (opened.kind === 'table') {
    const { path, bytes, others } = opened.table
    const ledger = readLedger(bytes, path, request)
    const notes = [...otherTables(others), ...ledger.notes]
    return toForeignSession(opened, path, { ...ledger, notes }, null, request, new Map())
  }
  return withGit(opened.location, opened.protocol, async git => {
    const tableBranch = await findTableBranch(git, request, opened.loose)
    const ledger = readLedger(tableBranch.table.bytes, tableBranch.table.path, request)
    const { rows } = orderRows(ledger)
    const history = await readHistory(git, tableBranch, rows)
    const edited = await readEdited(git, history, rows)
    const budget = request.budget ?? (await budgetOf(git, tableBranch.branch.tip))
    const session = toForeignSession(opened, tableBranch.table.path, ledger, history, { ...request, budget }, edited)
    return withProse(session, await readProse(git, history, [...edited.keys()]))
  })
}

/** Names the tables that were not read, where the one that was is a choice. */
function otherTables(others: string[]): Note[] {
  if (others.length === 0) return []
  const names = others.slice(0, 3).map(path => sanitizeText(path, 80))
  const more = others.length > names.length ? ` and ${others.length - names.length} more` : ''
  return [note('tables', `The folder has other tables: ${names.join(', ')}${more}. --table PATH reads one of them.`)]
}
