/** Which of nvidia-smi's GPUs a slot trains on, by its CUDA_VISIBLE_DEVICES. Pure. */
import type { GpuRow } from './parse.ts'

/**
 * @param id one GPU, as CUDA takes it: an index, the beginning of a UUID, or a MIG device
 * @param order CUDA_DEVICE_ORDER of the runs
 * @returns null where it is not known for certain
 */
export function gpuNamed(id: string, gpus: readonly GpuRow[], order: string | undefined): GpuRow | null {
  // A MIG device does not name its GPU, but in the older form "MIG-GPU-5d5d…/1/0".
  const given = /^MIG-(GPU-[\w-]+)\/\d+\/\d+$/.exec(id)?.[1] ?? id
  const found = given.startsWith('MIG-')
    ? gpus
    : /^\d+$/.test(given)
      ? byIndex(Number(given), gpus, order)
      : byUuid(given, gpus)
  return found.length === 1 ? (found[0] ?? null) : null
}

/** CUDA counts from the fastest GPU, nvidia-smi along the bus: the two differ where the models do. */
function byIndex(index: number, gpus: readonly GpuRow[], order: string | undefined): GpuRow[] {
  const isSame = order === 'PCI_BUS_ID' || new Set(gpus.map(({ name }) => name)).size === 1
  // With MIG, CUDA counts MIG devices.
  return isSame && (gpus.length === 1 || !gpus.some(({ isMig }) => isMig))
    ? gpus.filter(gpu => gpu.index === index)
    : []
}

const byUuid = (id: string, gpus: readonly GpuRow[]): GpuRow[] =>
  /^GPU-[\w-]+$/.test(id) ? gpus.filter(({ uuid }) => uuid.startsWith(id)) : []
