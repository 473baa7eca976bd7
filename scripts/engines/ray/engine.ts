/** The engine `ray`: each run is a job of a Ray cluster. */
import { openLaunched } from '../launched/engine.ts'
import type { OpenEngine } from '../opening.ts'
import { openRayLauncher } from './launcher.ts'
import { descriptionOf } from './resources.ts'

/** @throws {Failure} when Ray does not answer, or takes no jobs */
export const openRay: OpenEngine<'ray'> = async (spec, opening) => {
  const slots = opening.slots === 'auto' ? 1 : opening.slots
  const { root, python } = spec
  const description = descriptionOf(spec, opening.resources, slots)
  return openLaunched(await openRayLauncher(spec), { description, slots, root, python }, opening)
}
