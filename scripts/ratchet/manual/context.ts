/** Session fields that a manual experiment uses. */
import type { JudgeContext } from '../context.ts'
import type { SessionContext } from '../session/context.ts'
import type { TrainContext } from '../train/context.ts'

/** To run a checkout's edits as an experiment. */
export type ManualContext = JudgeContext & TrainContext & Pick<SessionContext, 'program' | 'judge'>

/** To move the checkout to the head. */
export type CheckoutContext = Pick<SessionContext, 'state' | 'tried'>
