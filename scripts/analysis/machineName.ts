/** A machine's model in a word or two. Pure. */
import type { Machine } from '../record/schema.ts'

/** "H100", "2 × A100", "RTX 4090"; "CPU" without a GPU. Omits vendor, memory and board, which the disclosure lists. */
export function machineName({ gpu, gpus }: Pick<Machine, 'gpu' | 'gpus'>): string {
  if (gpu === null) return gpus === null ? 'unknown machine' : 'CPU'
  const model = modelName(gpu)
  return gpus !== null && gpus > 1 ? `${gpus} × ${model}` : model
}

/** "NVIDIA H100 80GB HBM3" → "H100"; any other text, such as a machine's label, stays as it is. */
export const modelName = (gpu: string): string =>
  gpu
    .replace(/^(?:NVIDIA|AMD|Intel|Tesla|Quadro|GeForce|Instinct|Radeon)(?:\(R\))?\s+/gi, '')
    .replace(/^(?:Tesla|GeForce|Instinct|Graphics)\s+/gi, '')
    .replace(/[\s-]+(?:SXM\d*|PCIe|HBM\w*|NVL|\d+\s?GB)\b.*$/i, '')
