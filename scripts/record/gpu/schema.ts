/** What is recorded of the GPUs that a session trains on: no names, command lines or users of other processes, and no UUIDs. */
import { z } from 'zod'

/**
 * Why a GPU's clocks are below their maximum, with the bit of each in `clocks_event_reasons.active`
 * (https://docs.nvidia.com/deploy/nvml-api/group__nvmlClocksEventReasons.html).
 */
export const limitBits = {
  idle: 0x1,
  'clock-setting': 0x2,
  'power-cap': 0x4,
  slowdown: 0x8,
  'sync-boost': 0x10,
  'driver-heat': 0x20,
  heat: 0x40,
  'power-brake': 0x80,
  'display-clock': 0x100,
} as const
export type ClockLimit = keyof typeof limitBits
const limits = Object.keys(limitBits) as [ClockLimit, ...ClockLimit[]]

const count = z.number().int().nonnegative()
const memory = z.number().nonnegative()
const clock = z.number().nonnegative()

/** A GPU of the slots before the first run, when no run of the session uses it. null: not known. */
export const gpuStateSchema = z.object({
  /** ISO 8601, UTC. */
  at: z.iso.datetime(),
  /** Its number in nvidia-smi. */
  index: count,
  /** MB. All that is used belongs to others: processes, a display, the driver. */
  memoryMb: memory.nullable(),
  usedMb: memory.nullable(),
  /** Compute processes on it. */
  processes: count.nullable(),
  /** Percent of the last second or less in which a kernel ran. */
  busy: z.number().min(0).max(100).nullable(),
  /** Clock of the multiprocessors, MHz. */
  clockMhz: clock.nullable(),
  maxClockMhz: clock.nullable(),
  limits: z.array(z.enum(limits)).nullable(),
})
export type GpuState = z.infer<typeof gpuStateSchema>

/** The GPU of a run, by samples while it ran. */
export const runGpuSchema = z.object({
  /** Its number in nvidia-smi. */
  index: count,
  samples: z.number().int().positive(),
  /** Samples in which the GPU worked; clock and limits are by these. */
  busySamples: count,
  /** Median clock of the multiprocessors, MHz; null where it is not known. */
  clockMhz: clock.nullable(),
  maxClockMhz: clock.nullable(),
  /** Share of the busy samples, above 0 to 1, with each limit. */
  limits: z.array(z.object({ limit: z.enum(limits), share: z.number().min(0).max(1) })),
  /**
   * Processes on it that are no runs of the session: the most at a time, and the most memory at a time in MB, null where it is
   * not known. null where they cannot be told from the run's own.
   */
  others: z.object({ processes: count, memoryMb: memory.nullable() }).nullable(),
})
export type RunGpu = z.infer<typeof runGpuSchema>
