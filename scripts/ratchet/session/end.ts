/** The end of a session and of a replication: recorded, then reported, then told to the user's hook. */
import type { Digest } from '../../analysis/schema.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { Session } from '../../record/schema.ts'
import { withdrawReport } from '../../record/unfinished.ts'
import { writeSession, writeTables } from '../../record/write.ts'
import { tellEnd } from '../hooks/tell.ts'
import { lastLook } from '../traces/watch.ts'
import { emit, type SessionContext } from './context.ts'
import { checkLeft, Left } from './leave.ts'
import { explained, restoreRefs } from './refs.ts'

export type EndedSession = Pick<SessionContext, 'folder' | 'state' | 'contract' | 'terminal' | 'interrupt'>

/** Writes the report after the session's end is recorded, while the lock is held; null when it failed. */
export type WriteReport = (session: EndedSession) => Promise<Digest | null>

export interface Finished {
  id: string
  folder: string
  stop: NonNullable<Session['stop']>
  /** null when the report failed; the session's records are complete. */
  digest: Digest | null
  /** Whether its process ended before the session: it has no report, and nobody is told. */
  isLeft: boolean
}

/** Records that an error ended the runs, and throws it with what explains it. */
export async function failWith(context: SessionContext, error: unknown): Promise<never> {
  if (error instanceof Left) throw error
  const why = await explained(context, error)
  const detail = sanitizeText(why instanceof Error ? why.message : String(why))
  await recordStop(context, { kind: 'failed', detail })
  await tellEnd(context, null)
  throw why
}

/** Records the end after the last run, and writes the report. */
export async function finish(
  context: SessionContext,
  stop: Finished['stop'],
  writeReport: WriteReport,
): Promise<Finished> {
  const { folder, state } = context
  await lastLook(context)
  await restoreRefs(context)
  await withdrawReport(folder)
  await recordStop(context, stop)
  const digest = await writeReport(context)
  await tellEnd(context, digest)
  return { id: state.session.id, folder, stop, digest, isLeft: false }
}

/**
 * Makes the runs of a session and its end. Where it is left meanwhile, it is recorded as interrupted, and ends without its report: the
 * process has no time for that, and the session goes on soon.
 * @param run what is to be made @param end called after it
 */
export async function unlessLeft(
  context: SessionContext,
  run: () => Promise<Finished['stop']>,
  end: (stop: Finished['stop']) => Promise<Finished>,
): Promise<Finished> {
  try {
    const stop = await run().catch((error: unknown) => failWith(context, error))
    checkLeft(context)
    return await end(stop)
  } catch (error) {
    if (!(error instanceof Left)) throw error
    const stop = { kind: 'interrupted', detail: 'left; its runs go on, and a resumption finds them' }
    context.terminal.step('stop', stop.detail)
    await withdrawReport(context.folder)
    await recordStop(context, stop)
    return { id: context.state.session.id, folder: context.folder, stop, digest: null, isLeft: true }
  }
}

async function recordStop(context: SessionContext, { kind, detail }: Finished['stop']): Promise<void> {
  await emit(context, { event: 'stopped', kind, detail })
  await writeSession(context.folder, context.state.session)
  await writeTables(context.folder, context.state)
}
