/** The engine `command`: each run is a job of any launcher, which four commands of the user's speak to. */
import { join } from 'node:path'
import { plural } from '../../lib/text.ts'
import type { Resources } from '../../program/engine.ts'
import { openLaunched } from '../launched/engine.ts'
import type { OpenEngine } from '../opening.ts'
import { openLauncher } from './launcher.ts'

/** @throws {Failure} in the words of the command that fails */
export const openCommand: OpenEngine<'command'> = async (spec, opening) => {
  const slots = opening.slots === 'auto' ? 1 : opening.slots
  const { root, python } = spec
  const launcher = await openLauncher(spec, {
    folder: join(opening.work, 'launched'),
    cwd: opening.folder,
    prefix: `${opening.id}-`,
  })
  const description = descriptionOf(opening.resources, slots)
  return openLaunched(launcher, { description, slots, root, python }, opening)
}

/** "a launcher by commands, 4 jobs at once with 1 GPU each". */
export function descriptionOf(resources: Resources, slots: number): string {
  const { gpus = null, cpus = null, memory = null, nodes = 1 } = resources ?? {}
  const each = [
    ...(nodes > 1 ? [plural(nodes, 'node')] : []),
    ...(gpus === null ? [] : [plural(gpus, 'GPU')]),
    ...(cpus === null ? [] : [plural(cpus, 'CPU')]),
    ...(memory === null ? [] : [`${memory} of memory`]),
  ]
  const jobs = `a launcher by commands, ${slots === 1 ? 'a job' : `${slots} jobs`} at once`
  return `${jobs}${each.length === 0 ? '' : ` with ${each.join(', ')}${slots === 1 ? '' : ' each'}`}`
}
