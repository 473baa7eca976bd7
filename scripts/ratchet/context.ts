/** Session fields used to judge a candidate and record its verdict. */
import type { EmitContext, SessionContext } from './session/context.ts'

/** To record a verdict. */
export type RecordContext = EmitContext & Pick<SessionContext, 'repository' | 'terminal'>

/** To check the edits in a worktree and commit them. */
export type CommitContext = EmitContext & Pick<SessionContext, 'contract' | 'repository' | 'tried'>

/** To judge a candidate, which includes rebasing it. */
export type JudgeContext = RecordContext & CommitContext & Pick<SessionContext, 'rebaseWorktree' | 'slots'>
