/** What a job of Ray asks for. Pure. */
import { plural } from '../../lib/text.ts'
import type { RaySpec, Resources } from '../../program/engine.ts'

/** Of the Jobs API. */
export interface RayRequest {
  entrypoint_num_cpus: number
  entrypoint_num_gpus?: number
  /** Bytes. */
  entrypoint_memory?: number
  entrypoint_resources?: Record<string, number>
}

/** A job that asks for nothing would be executed on the head node, so that one CPU is the least. */
export function requestOf({ custom_resources }: Pick<RaySpec, 'custom_resources'>, resources: Resources): RayRequest {
  const { gpus = null, cpus = null, memory = null } = resources ?? {}
  return {
    entrypoint_num_cpus: cpus ?? 1,
    ...(gpus === null ? {} : { entrypoint_num_gpus: gpus }),
    ...(memory === null ? {} : { entrypoint_memory: bytesOf(memory) }),
    ...(Object.keys(custom_resources).length === 0 ? {} : { entrypoint_resources: custom_resources }),
  }
}

/** "64G" → bytes. */
const bytesOf = (size: string): number =>
  Number(size.slice(0, -1)) * 2 ** ({ M: 20, G: 30, T: 40 }[size.at(-1) ?? ''] ?? 0)

/** "Ray, 16 jobs at once with 1 GPU each". */
export function descriptionOf(spec: Pick<RaySpec, 'custom_resources'>, resources: Resources, slots: number): string {
  const { gpus = null, memory = null } = resources ?? {}
  const cpus = requestOf(spec, resources).entrypoint_num_cpus
  const each = [
    ...(gpus === null ? [] : [plural(gpus, 'GPU')]),
    plural(cpus, 'CPU'),
    ...(memory === null ? [] : [`${memory} of memory`]),
    ...Object.entries(spec.custom_resources).map(([name, amount]) => `${amount} ${name}`),
  ]
  return `Ray, ${slots === 1 ? 'a job' : `${slots} jobs`} at once with ${each.join(', ')}${slots === 1 ? '' : ' each'}`
}
