/**
 * Watches the GPUs of the slots: before the first run, and now and then while a run trains. nvidia-smi is called beside the run,
 * and nothing waits for it: what it has not said when a run ends is not recorded.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { hasTrouble } from '../../analysis/noise/gpuState.ts'
import { hasKernelPids, isMarked, isThere } from '../../lib/process/marked.ts'
import { gpuNamed } from '../../record/gpu/choose.ts'
import type { GpuProcess, GpuRow } from '../../record/gpu/parse.ts'
import { answerTime, type GpuReader, openGpuReader } from '../../record/gpu/read.ts'
import type { GpuState, RunGpu } from '../../record/gpu/schema.ts'
import { isBusy, type Other, processesOn, runGpuOf, type Sample, stateOf, steadyState } from './sample.ts'

export interface GpuWatch {
  /** The state of these GPUs, each once, while no run of the session uses them; those that are not known are left out. */
  look(slots: readonly Slot[]): Promise<GpuState[]>
  /** Samples the GPU of a run that begins. @returns what ends that, and gives the record; undefined without a sample */
  follow(run: Followed): () => RunGpu | undefined
  /** Ends a call of nvidia-smi under way; none is made from then on. */
  close(): Promise<void>
}

interface Slot {
  /** CUDA_VISIBLE_DEVICES; null without GPUs. */
  gpu: string | null
}

interface Followed extends Slot {
  /** NIGHTSHIFT_RUN of its processes. */
  mark: string
}

export interface WatchOptions {
  reader: GpuReader
  /** CUDA_DEVICE_ORDER of the runs. */
  order: string | undefined
  /** Milliseconds between samples. */
  interval: number
  /** Tells a person that nvidia-smi does not answer; at most once. */
  tell: (text: string) => void
  /** Whether nvidia-smi and this process number processes alike. */
  hasPids?: boolean
}

/** Milliseconds between the two readings of a state that is worth a word. */
const moment = 1000

/** Milliseconds between samples of a run: four in its budget, in seconds, but at most one in 2 s and at least one a minute. */
export const sampleInterval = (budget: number): number => Math.min(60_000, Math.max(2000, (1000 * budget) / 4))

/** @param mark finds the processes of nvidia-smi that outlive the harness */
export const openWatch = (mark: string, options: Omit<WatchOptions, 'reader'>): GpuWatch =>
  watchBy({ ...options, reader: openGpuReader(mark) })

export function watchBy({ reader, order, interval, tell, hasPids = hasKernelPids() }: WatchOptions): GpuWatch {
  const running = new Set<Followed>()
  const known = new Map<string, Seen>()
  let hasTold = false

  async function read() {
    const reading = await reader.read()
    if (reader.timeouts() > 0 && !hasTold) {
      hasTold = true
      tell(`nvidia-smi did not answer within ${answerTime / 1000} s, so what else uses the GPU is not known`)
    }
    if (reading?.processes) remember(reading.processes)
    return reading
  }

  /** Judged when first seen: a process that has ended since then would look like another's. */
  function remember(processes: GpuProcess[]): void {
    const marks = new Set([...running].map(({ mark }) => mark))
    const listed = new Map(processes.map(process => [keyOf(process), process]))
    for (const key of known.keys()) if (!listed.has(key)) known.delete(key)
    for (const [key, { pid }] of listed)
      if (!known.has(key)) known.set(key, { at: performance.now(), isOwn: hasPids && isMarked(pid, marks) })
  }

  async function statesNow(slots: readonly Slot[]): Promise<GpuState[]> {
    const reading = await read()
    if (reading === null) return []
    const rows = new Set(slots.flatMap(({ gpu }) => (gpu === null ? [] : (gpuNamed(gpu, reading.gpus, order) ?? []))))
    return [...rows].map(row => stateOf(row, reading))
  }

  async function sample(run: Followed, began: number): Promise<Sample | null> {
    const reading = await read()
    const row = reading && gpuNamed(run.gpu ?? '', reading.gpus, order)
    if (!row) return null
    return { row, others: reading.processes && othersOn(row, processesOn(row, reading.processes), began) }
  }

  /** In a container a run's processes are known by their first sight alone, and not from those of a run beside it. */
  function othersOn(row: GpuRow, processes: GpuProcess[], began: number): Other[] | null {
    // A GPU that works without a process: the driver does not list them here, as in some containers.
    if (row.isMig || (processes.length === 0 && isBusy(row))) return null
    if (!hasPids && running.size > new Set([...running].map(({ gpu }) => gpu)).size) return null
    return processes.flatMap(process => {
      const seen = known.get(keyOf(process))
      if (seen === undefined || seen.isOwn) return []
      const wasBefore = seen.at < began
      return wasBefore || hasPids ? [{ pid: process.pid, memoryMb: process.memoryMb, wasBefore }] : []
    })
  }

  return {
    async look(slots) {
      if (slots.every(({ gpu }) => gpu === null)) return []
      const first = await statesNow(slots)
      if (!first.some(hasTrouble)) return first
      await wait(moment)
      const second = new Map((await statesNow(slots)).map(state => [state.index, state]))
      return first.flatMap(state => {
        const again = second.get(state.index)
        return again === undefined ? [] : [steadyState(state, again)]
      })
    },
    follow(run) {
      if (run.gpu === null) return () => undefined
      const began = performance.now()
      const samples: Sample[] = []
      running.add(run)
      let isOver = false
      const timer = setInterval(async () => {
        const found = await sample(run, began)
        if (found !== null && !isOver) samples.push(found)
      }, interval)
      return () => {
        isOver = true
        clearInterval(timer)
        running.delete(run)
        return runGpuOf(samples, isThere)
      }
    },
    close: () => reader.close(),
  }
}

interface Seen {
  /** By performance.now. */
  at: number
  /** Whether it is of a run of the session; false where that is not known. */
  isOwn: boolean
}

const keyOf = ({ uuid, pid }: GpuProcess): string => `${uuid} ${pid}`
