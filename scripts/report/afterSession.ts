/** The report at the end of a session: its author, and what the terminal says of a report that failed. */

import type { Digest } from '../analysis/schema.ts'
import { command } from '../lib/command.ts'
import { sanitizeText } from '../lib/text.ts'
import { helperMark } from '../ratchet/session/prepare.ts'
import type { EndedSession } from '../ratchet/session/session.ts'
import { authorOf } from './agent/chooseAuthor.ts'
import type { Pen } from './agent/prose.ts'
import { tellWriting } from './tell.ts'
import { writeReportBy } from './write.ts'

/** A failed report loses no session: it can be written again at any time. @returns null when it failed */
export async function reportAfterSession(session: EndedSession): Promise<Digest | null> {
  const { folder, terminal, state, contract, interrupt } = session
  const spec = authorOf(contract)
  // Who stopped the session waits for its report.
  const mark = helperMark(state.session.id, 'report')
  const pen: Pen =
    spec && !interrupt.finish.aborted ? { by: 'agent', spec, mark, signal: interrupt.finish } : { by: 'keep' }
  if (pen.by === 'agent') terminal.live(`${'report'.padEnd(9)} ${pen.spec.use} is writing`)
  try {
    const { digest, writing } = await writeReportBy(folder, pen)
    if (pen.by === 'agent') tellWriting(terminal, writing)
    return digest
  } catch (error) {
    const why = sanitizeText(error instanceof Error ? error.message : String(error))
    terminal.step('report', `failed: ${why}; the session is whole, try \`${command(`report ${state.session.id}`)}\``)
    return null
  }
}
