/** Fields of the session that the judge and the record of a verdict use. */
import type { EmitContext, SessionContext } from './session/context.ts'

/** To record a verdict. */
export type RecordContext = EmitContext & Pick<SessionContext, 'repository' | 'terminal'>

/** To guard what a worktree holds and to commit it. */
export type CommitContext = EmitContext & Pick<SessionContext, 'contract' | 'repository' | 'tried'>

/** To judge a candidate, which may have to be rebased. */
export type JudgeContext = RecordContext & CommitContext & Pick<SessionContext, 'rebaseWorktree'>
