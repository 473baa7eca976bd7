/** The engine `slurm`: runs execute in jobs of a Slurm cluster. */
import { Failure } from '../../lib/errors.ts'
import type { OpenEngine } from '../opening.ts'
import { openHeld } from './held.ts'
import { separateReach, sharedReach } from './nodes.ts'
import { openPerRun } from './perRun.ts'

/** @throws {Failure} in Slurm's words, when it does not take the jobs */
export const openSlurm: OpenEngine<'slurm'> = async (spec, opening) => {
  const slots = opening.slots === 'auto' ? 1 : opening.slots
  if (spec.per_run && !spec.shared)
    throw new Failure(
      '`per_run: true` and `shared: false` of `engine` do not go together: what a run leaves would go with its job.',
      'Leave `per_run` out: held jobs keep what a run has left until the session has fetched it.',
    )
  if (spec.per_run) return openPerRun(spec, opening, slots, await sharedReach(spec, opening))
  return openHeld(spec, opening, slots, spec.shared ? await sharedReach(spec, opening) : separateReach(spec, opening))
}
