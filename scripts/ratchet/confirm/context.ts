/** Session fields that confirm and ablation use. */
import type { PruneContext } from '../prune/context.ts'
import type { SessionContext } from '../session/context.ts'
import type { TrainContext } from '../train/context.ts'

/** To run baseline and head. */
export type ConfirmContext = TrainContext & Pick<SessionContext, 'pause'>

/** To remove a change from the final and run the rest. */
export type AblateContext = TrainContext & Pick<SessionContext, 'proposalWorktree'>

/** To decide what to confirm, and to confirm it. */
export type ConfirmSessionContext = ConfirmContext & PruneContext
