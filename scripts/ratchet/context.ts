/** Fields of the session that the loop, the judge and the record of a verdict use. */
import type { CommitContext, ProposeContext } from './propose/context.ts'
import type { EmitContext, SessionContext } from './session/context.ts'
import type { BaselineContext, RepeatContext } from './train/context.ts'

/** To record a verdict. */
export type RecordContext = EmitContext & Pick<SessionContext, 'repository' | 'terminal'>

/** To judge a candidate, which may have to be rebased. */
export type JudgeContext = RecordContext & CommitContext & Pick<SessionContext, 'rebaseWorktree'>

/** To run experiments. */
export type LoopContext = ProposeContext & BaselineContext & RepeatContext
