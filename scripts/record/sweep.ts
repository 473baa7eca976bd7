/** Sweeps: candidates that the harness made of one answer of an agent, a point each of one knob or of a grid of two. */
import { z } from 'zod'

/** A value of a constant, as the answer gave it. A string is a word, without its quotes. */
export const sweepValueSchema = z.union([z.number(), z.string(), z.boolean()])
export type SweepValue = z.infer<typeof sweepValueSchema>

/** The values of a point, by name of the constant; one name or two. */
const pointSchema = z.record(z.string(), sweepValueSchema)
export type SweepPoint = z.infer<typeof pointSchema>

/** An experiment's place in its sweep. The members have consecutive numbers. */
export const sweepSchema = z.object({
  /** Number of the first member. */
  first: z.number().int().positive(),
  /** Number of the members. */
  size: z.number().int().positive(),
  values: pointSchema,
  /** Points that were asked for and not made, with a clause that says why; only of the first member, and only where there are any. */
  leftOut: z.array(z.object({ values: pointSchema, why: z.string() })).optional(),
})
export type Sweep = z.infer<typeof sweepSchema>

/** What a member's verdict took into account of its sweep. */
export const amongSchema = z.object({
  /** Members that had a value which could be kept, this one included. */
  measured: z.number().int().positive(),
  /** Number of the best of them: only it could be kept. */
  best: z.number().int().positive(),
  /** What the choice of the best of them adds to `needed`, in units of the metric. */
  allowance: z.number().nonnegative(),
})
export type Among = z.infer<typeof amongSchema>
