/** Session fields used to judge a candidate and record its verdict. */
import type { HookContext } from './hooks/hooks.ts'
import type { EmitContext, SessionContext } from './session/context.ts'

/** To record a verdict. */
export type RecordContext = EmitContext & HookContext & Pick<SessionContext, 'repository' | 'terminal'>

/** To check the edits in a worktree and commit them. */
export type CommitContext = EmitContext & HookContext & Pick<SessionContext, 'contract' | 'repository' | 'tried'>

/** To judge a candidate, which includes rebasing it. */
export type JudgeContext = RecordContext & CommitContext & Pick<SessionContext, 'rebaseWorktree' | 'slots'>
