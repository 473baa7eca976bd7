/** Session fields that the steps of a run use. */
import type { HookContext } from '../hooks/hooks.ts'
import type { EmitContext, SessionContext } from '../session/context.ts'

/** To execute one run. */
export type TrainContext = EmitContext &
  Pick<
    SessionContext,
    | 'work'
    | 'traces'
    | 'contract'
    | 'repository'
    | 'slots'
    | 'engine'
    | 'runners'
    | 'sandbox'
    | 'gpus'
    | 'frozen'
    | 'evaluation'
    | 'hidden'
    | 'terminal'
    | 'interrupt'
  >

/** To check out a commit in a slot. */
export type SlotContext = Pick<SessionContext, 'contract' | 'repository' | 'frozen'>

/** To execute a repeat, which updates σ. */
export type RepeatContext = TrainContext & Pick<SessionContext, 'judge'>

/** To run and record the baseline. */
export type BaselineContext = TrainContext & HookContext & Pick<SessionContext, 'tried'>
