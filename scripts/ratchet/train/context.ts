/** Fields of the session that the steps of a run use. */
import type { EmitContext, SessionContext } from '../session/context.ts'

/** To make one run. */
export type TrainContext = EmitContext &
  Pick<SessionContext, 'work' | 'contract' | 'repository' | 'slots' | 'frozen' | 'terminal' | 'interrupt'>

/** To put a slot at a commit. */
export type SlotContext = Pick<SessionContext, 'contract' | 'repository' | 'frozen'>

/** To make a repeat, which changes σ. */
export type RepeatContext = TrainContext & Pick<SessionContext, 'judge'>

/** To run the baseline and to record it. */
export type BaselineContext = TrainContext & Pick<SessionContext, 'tried'>
