/** Session fields that the runs of an adopted branch use. */
import type { SessionContext } from '../session/context.ts'
import type { TrainContext } from '../train/context.ts'

export type AdoptRunContext = TrainContext & Pick<SessionContext, 'pause'>
