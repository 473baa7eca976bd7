/** From a foreign session to `sessions/<id>/`: read it, put it in our format, say how, write what is new. */
import type { Terminal } from '../lib/terminal.ts'
import { budgetOf, readEdited } from './configuration.ts'
import type { About } from './convert.ts'
import { describe } from './describe.ts'
import { withCopy } from './git/git.ts'
import { findPlace, readHistory } from './git/history.ts'
import { type Opened, openSource } from './open.ts'
import { readProse, withProse } from './prose.ts'
import { readForeignSession } from './session.ts'
import { show } from './show.ts'
import { readLedger, type Wishes } from './table/ledger.ts'
import { order } from './table/order.ts'
import { type Collected, keep } from './write.ts'

export interface Request extends Wishes, Pick<About, 'id' | 'tag' | 'machine' | 'budget'> {
  branch: string | null
  /** Path of the table in a repository or folder. */
  table: string | null
  /** Read and tell, and write nothing. */
  dry: boolean
}

/**
 * @param root the folder of the sessions
 * @throws {Failure} when the source is none, cannot be read, or would replace another session
 */
export async function collect(source: string, request: Request, root: string, terminal: Terminal): Promise<Collected> {
  const opened = await openSource(source, request.table)
  const session =
    opened.kind === 'session' ? await readForeignSession(opened, request.id) : await readSession(opened, request)
  show(terminal, session)
  return keep(root, session, request.dry)
}

type OpenedTable = Exclude<Opened, { kind: 'session' }>

function readSession(opened: OpenedTable, request: Request) {
  if (opened.kind === 'table') {
    const ledger = readLedger(opened.table.bytes, opened.table.path, request)
    return describe(opened, opened.table.path, ledger, null, request, new Map())
  }
  return withCopy(opened.location, opened.protocol, async git => {
    const place = await findPlace(git, request, opened.loose)
    const ledger = readLedger(place.table.bytes, place.table.path, request)
    const { rows } = order(ledger)
    const history = await readHistory(git, place, rows)
    const edited = await readEdited(git, history, rows)
    const budget = request.budget ?? (await budgetOf(git, place.branch.tip))
    const session = describe(opened, place.table.path, ledger, history, { ...request, budget }, edited)
    return withProse(session, await readProse(git, history, [...edited.keys()]))
  })
}
