/** Fields of the session that an experiment by hand uses. */
import type { JudgeContext } from '../context.ts'
import type { SessionContext } from '../session/context.ts'
import type { TrainContext } from '../train/context.ts'

/** To make an experiment of a checkout's edits. */
export type ManualContext = JudgeContext & TrainContext & Pick<SessionContext, 'program' | 'judge'>

/** To put the checkout at the head. */
export type CheckoutContext = Pick<SessionContext, 'state' | 'tried'>
