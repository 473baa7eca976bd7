/** Writes the report at the end of a session and prints why if that fails. */
import type { Digest } from '../analysis/schema.ts'
import { command } from '../lib/command.ts'
import { sanitizeText } from '../lib/text.ts'
import type { EndedSession } from '../ratchet/session/end.ts'
import { helperMark } from '../ratchet/session/prepare.ts'
import { authorByContract } from './agent/chooseAuthor.ts'
import type { ReportAuthor } from './agent/prose.ts'
import { printAuthorSummary } from './terminalSummary.ts'
import { writeReportBy } from './write.ts'

/** A failure is printed, not thrown: the report can be written again at any time. @returns null if it failed */
export async function reportAfterSession(session: EndedSession): Promise<Digest | null> {
  const { folder, terminal, state, contract, interrupt } = session
  // A replication has no agent.
  const spec = state.session.replication === undefined ? authorByContract(contract) : null
  // After Ctrl-C the user waits for the report, so no agent is asked.
  const mark = helperMark(state.session.id, 'report')
  const author: ReportAuthor =
    spec && !interrupt.finish.aborted ? { kind: 'agent', spec, mark, signal: interrupt.finish } : { kind: 'previous' }
  if (author.kind === 'agent') terminal.live(`${'report'.padEnd(9)} ${author.spec.use} is writing`)
  try {
    const { digest, writing } = await writeReportBy(folder, author)
    if (author.kind === 'agent') printAuthorSummary(terminal, writing)
    return digest
  } catch (error) {
    const why = sanitizeText(error instanceof Error ? error.message : String(error))
    terminal.step(
      'report',
      `failed: ${why}; the session is saved, retry with \`${command(`report ${state.session.id}`)}\``,
    )
    return null
  }
}
