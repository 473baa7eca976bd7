/** Fields of the session that confirm and ablation use. */
import type { SessionContext } from '../session/context.ts'
import type { TrainContext } from '../train/context.ts'

/** To run baseline and head again. */
export type ConfirmContext = TrainContext & Pick<SessionContext, 'pause'>

/** To take a change out of the head and to run what is left. */
export type AblateContext = TrainContext & Pick<SessionContext, 'proposalWorktree'>
