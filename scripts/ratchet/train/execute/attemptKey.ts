/** The session's name of an attempt at a run. */
import { experimentName } from '../../../record/files/paths.ts'
import type { RunStarted } from '../../../record/state.ts'
import type { TrainContext } from '../context.ts'

/** It is never used twice: its end is of the attempt's mark. */
export const attemptKey = (
  { state }: Pick<TrainContext, 'state'>,
  { experiment, k, attempt = 1, mark = '' }: RunStarted,
): string => `${state.session.id}-${experimentName(experiment)}-${k}-${attempt}-${mark.slice(0, 8)}`
