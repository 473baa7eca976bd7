/** What the records say of an engine: where the runs of a session execute, if not on the harness's own machine. */
import { z } from 'zod'

const count = z.number().int().nonnegative()
const amount = z.number().nonnegative()

/** Of a session; absent where its runs execute in processes of the harness's machine. */
export const engineSchema = z.object({
  /** "slurm", "ssh", "ray", "command". */
  use: z.string(),
  /** E.g. "Slurm, partition a100, 4 held jobs with 1 GPU each". */
  description: z.string(),
  /** What a slot has, as the contract names it; null where it names nothing. */
  resources: z
    .object({
      /** A part of one with `ray` or `command`, as CPUs. */
      gpus: amount.optional(),
      nodes: count.optional(),
      cpus: amount.optional(),
      /** "64G". */
      memory: z.string().optional(),
    })
    .nullable(),
  /** Whether nodes and harness share a file system. */
  shared: z.boolean(),
  /** Slots, each with a place of its own. */
  places: count,
})
export type EngineRecord = z.infer<typeof engineSchema>

/** An attempt that has no result; the run was made again, unless it was the last attempt. */
export const lostSchema = z.object({
  /** From 1. */
  attempt: z.number().int().positive(),
  /** A name of engines/engine.ts: "preempted", "out of memory". */
  cause: z.string(),
  /** One line, in the words of the node or the scheduler. */
  detail: z.string(),
  node: z.string().nullable(),
})
export type Lost = z.infer<typeof lostSchema>

/** What finds a run of an engine again: see `Handle` in engines/engine.ts. */
export const handleSchema = z.object({
  key: z.string(),
  place: count,
  job: z.string().nullable(),
})
export type Handle = z.infer<typeof handleSchema>
