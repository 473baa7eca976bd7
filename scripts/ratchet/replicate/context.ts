/** Session fields that a replication uses. */
import type { CommitContext, RecordContext } from '../context.ts'
import type { SessionContext } from '../session/context.ts'
import type { BaselineContext } from '../train/context.ts'

export type ReplicateContext = RecordContext & CommitContext & BaselineContext & Pick<SessionContext, 'pause'>
