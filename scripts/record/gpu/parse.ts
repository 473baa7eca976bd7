/**
 * Parses what nvidia-smi prints with --format=csv,noheader,nounits. Strict: output of any other form is null, so that nothing
 * false is recorded. The fields are explained by `nvidia-smi --help-query-gpu` and `--help-query-compute-apps`, and in
 * https://docs.nvidia.com/deploy/nvidia-smi/index.html. Pure.
 */
import { type ClockLimit, limitBits } from './schema.ts'

/** One GPU. null: the driver does not say, as consumer cards, MIG and WSL do for some. */
export interface GpuRow {
  /** In order of the PCI bus. */
  index: number
  /** "GPU-5d5d5d5d-…" */
  uuid: string
  name: string
  /** MB. */
  memoryMb: number | null
  usedMb: number | null
  /** Percent of the sample period, 1/6 to 1 s, in which a kernel ran. */
  busy: number | null
  /** MHz. */
  clockMhz: number | null
  maxClockMhz: number | null
  limits: ClockLimit[] | null
  /** Whether it is split into MIG devices. */
  isMig: boolean
}

/** A compute process on a GPU. One with several GPUs is listed for each. */
export interface GpuProcess {
  uuid: string
  /** In the initial PID namespace, also where nvidia-smi runs in a container. */
  pid: number
  /** MB. */
  memoryMb: number | null
}

/** Drivers as old as R525 know it by its older name alone. */
export const reasonsField = 'clocks_event_reasons.active'
export const olderReasonsField = 'clocks_throttle_reasons.active'
export const gpuFields = [
  'index',
  'uuid',
  'name',
  'memory.total',
  'memory.used',
  'utilization.gpu',
  'clocks.sm',
  'clocks.max.sm',
  'mig.mode.current',
  reasonsField,
] as const

export const processFields = ['gpu_uuid', 'pid', 'used_memory'] as const

/** The field that this driver does not know; null where the output says nothing of the kind. The whole query fails by it. */
export const unknownField = (output: string): string | null =>
  /^Field "([\w.]+)" is not a valid field to query/m.exec(output)?.[1] ?? null

/**
 * @param fields those that were asked for: `gpuFields` or a part of them, also with the older name
 * @returns null when a line does not have this form
 */
export function parseGpus(output: string, fields: readonly string[]): GpuRow[] | null {
  const rows = linesOf(output).map(line => {
    const found = cells(line)
    return found.length === fields.length ? gpuOf(new Map(fields.map((field, i) => [field, found[i] ?? '']))) : null
  })
  return rows.length > 0 && rows.every(row => row !== null) ? rows : null
}

function gpuOf(cell: Map<string, string>): GpuRow | null {
  const [index = '', uuid = '', name = '', mig] = ['index', 'uuid', 'name', 'mig.mode.current'].map(f => cell.get(f))
  const memoryMb = numberIn(cell.get('memory.total'))
  const usedMb = numberIn(cell.get('memory.used'))
  const busy = numberIn(cell.get('utilization.gpu'), 100)
  const clockMhz = numberIn(cell.get('clocks.sm'))
  const maxClockMhz = numberIn(cell.get('clocks.max.sm'))
  const limits = limitsIn(cell.get(reasonsField) ?? cell.get(olderReasonsField))
  if (!/^\d+$/.test(index) || !/^GPU-[\w-]+$/.test(uuid)) return null
  if (memoryMb === undefined || usedMb === undefined || busy === undefined) return null
  if (clockMhz === undefined || maxClockMhz === undefined || limits === undefined) return null
  const isMig = mig === 'Enabled'
  return { index: Number(index), uuid, name, memoryMb, usedMb, busy, clockMhz, maxClockMhz, limits, isMig }
}

/** @returns null when a line does not have this form, as where the driver lists processes without their numbers */
export function parseProcesses(output: string): GpuProcess[] | null {
  const found = linesOf(output).map(line => {
    const [uuid = '', pid = '', used, ...more] = cells(line)
    const memoryMb = numberIn(used)
    const isWhole = /^(GPU|MIG)-[\w/-]+$/.test(uuid) && /^[1-9]\d*$/.test(pid) && more.length === 0
    return isWhole && memoryMb !== undefined ? { uuid, pid: Number(pid), memoryMb } : null
  })
  return found.every(process => process !== null) ? found : null
}

const linesOf = (output: string): string[] =>
  output
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')

const cells = (line: string): string[] => line.split(',').map(cell => cell.trim())

/** "[N/A]", "[Not Supported]", "N/A", "[Unknown Error]", "[Insufficient Permissions]": not known. */
const isUnknown = (cell: string | undefined): boolean => cell === undefined || cell === 'N/A' || /^\[.*\]$/.test(cell)

/** null: not known; undefined: not a number, or not within 0 to `most`. */
function numberIn(cell: string | undefined, most = Number.MAX_SAFE_INTEGER): number | null | undefined {
  if (isUnknown(cell)) return null
  const value = /^\d+(\.\d+)?$/.test(cell ?? '') ? Number(cell) : Number.NaN
  return value <= most ? value : undefined
}

/** "0x0000000000000024" → ["power-cap", "driver-heat"]. A bit without a name here is of a newer driver and left out. */
function limitsIn(cell: string | undefined): ClockLimit[] | null | undefined {
  if (isUnknown(cell)) return null
  if (!/^0x[\da-f]+$/i.test(cell ?? '')) return undefined
  const bits = BigInt(cell as string)
  return (Object.keys(limitBits) as ClockLimit[]).filter(limit => (bits & BigInt(limitBits[limit])) !== 0n)
}
