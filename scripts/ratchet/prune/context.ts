/** Session fields that the prune step uses. */
import type { EmitContext, SessionContext } from '../session/context.ts'

/** To move the branch of the pruned head and write its patch. */
export type FinalContext = EmitContext & Pick<SessionContext, 'repository' | 'terminal'>

/** To revert changes in a worktree. */
export type RemoveContext = Pick<SessionContext, 'work' | 'repository' | 'proposalWorktree'>

/** To decide the final. */
export type PruneContext = FinalContext & RemoveContext & Pick<SessionContext, 'contract'>
