/** What readings of nvidia-smi say of one GPU: its state before the first run, and the record of a run by its samples. Pure. */
import type { GpuProcess, GpuRow } from '../../record/gpu/parse.ts'
import type { GpuReading } from '../../record/gpu/read.ts'
import type { ClockLimit, GpuState, RunGpu } from '../../record/gpu/schema.ts'

/** Percent from which a GPU works. */
const busyFrom = 10

/** A GPU without a run of ours. Memory, processes and load of one that is split (MIG) are not those of a slot. */
export function stateOf(row: GpuRow, { at, processes }: GpuReading): GpuState {
  const { index, memoryMb, usedMb, busy, clockMhz, maxClockMhz, limits, isMig } = row
  const own = isMig ? { memoryMb: null, usedMb: null, busy: null } : { memoryMb, usedMb, busy }
  const listed = isMig || processes === null ? null : new Set(processesOn(row, processes).map(({ pid }) => pid)).size
  return { at, index, ...own, processes: listed, clockMhz, maxClockMhz, limits }
}

export const processesOn = ({ uuid }: GpuRow, processes: readonly GpuProcess[]): GpuProcess[] =>
  processes.filter(process => process.uuid === uuid)

/**
 * What both of two readings a moment apart say. One alone may show the load of nvidia-smi itself, which wakes the driver up, or
 * a slowdown that is only a change of clocks.
 */
export function steadyState(first: GpuState, second: GpuState): GpuState {
  const least = (a: number | null, b: number | null) => (a === null || b === null ? null : Math.min(a, b))
  return {
    ...second,
    usedMb: least(first.usedMb, second.usedMb),
    processes: least(first.processes, second.processes),
    busy: least(first.busy, second.busy),
    limits: second.limits?.filter(limit => first.limits?.includes(limit) ?? true) ?? null,
  }
}

export interface Sample {
  row: GpuRow
  /** Processes that may be others'; null: they cannot be told from the run's own. */
  others: Other[] | null
}

export interface Other extends Pick<GpuProcess, 'pid' | 'memoryMb'> {
  /** Whether it was there before the run. One that was not is another's if it outlives the run. */
  wasBefore: boolean
}

/** @param isThere whether a process lives, now that all of the run have ended @returns undefined without a sample */
export function runGpuOf(samples: readonly Sample[], isThere: (pid: number) => boolean): RunGpu | undefined {
  const last = samples.at(-1)
  if (last === undefined) return undefined
  const working = samples.filter(({ row }) => isBusy(row))
  return {
    index: last.row.index,
    samples: samples.length,
    busySamples: working.length,
    clockMhz: median(working.flatMap(({ row }) => row.clockMhz ?? [])),
    maxClockMhz: last.row.maxClockMhz,
    limits: sharesOf(working.map(({ row }) => row.limits ?? [])),
    others: othersOf(samples, isThere),
  }
}

/** Whether it works. */
export const isBusy = ({ busy, limits }: GpuRow): boolean =>
  (busy === null || busy >= busyFrom) && !limits?.includes('idle')

function median(values: number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]]
  return low === undefined || high === undefined ? null : (low + high) / 2
}

function sharesOf(samples: ClockLimit[][]): RunGpu['limits'] {
  const all = [...new Set(samples.flat())]
  return all.map(limit => {
    const share = samples.filter(limits => limits.includes(limit)).length / samples.length
    return { limit, share: Math.round(100 * share) / 100 }
  })
}

function othersOf(samples: readonly Sample[], isThere: (pid: number) => boolean): RunGpu['others'] {
  const known = samples.flatMap(({ others }) => (others === null ? [] : [others]))
  if (known.length === 0) return null
  const newcomers = new Set(known.flat().flatMap(({ pid, wasBefore }) => (wasBefore ? [] : [pid])))
  const stayed = new Set([...newcomers].filter(isThere))
  const counted = known.map(others => others.filter(({ pid, wasBefore }) => wasBefore || stayed.has(pid)))
  const sums = counted.map(others => others.reduce<number | null>((sum, { memoryMb }) => plus(sum, memoryMb), 0))
  const memory = sums.filter(sum => sum !== null)
  return {
    processes: Math.max(...counted.map(others => new Set(others.map(({ pid }) => pid)).size)),
    memoryMb: memory.length < sums.length ? null : Math.max(...memory),
  }
}

const plus = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b)
