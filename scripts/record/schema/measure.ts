/** What a session measures, on which data, from which seeds, with which noise. */
import { z } from 'zod'
import { count, sha256 } from './fields.ts'

export const metricSchema = z.object({
  name: z.string(),
  goal: z.enum(['minimize', 'maximize']),
  unit: z.string().nullable(),
  /** Name of the holdout metric in the summary, e.g. "holdout_bpb"; null when the target has none. */
  holdout: z.string().nullable(),
})
export type Metric = z.infer<typeof metricSchema>

export const noiseSchema = z.object({
  /**
   * Standard deviation of the metric between runs of the same tree with different seeds. In a session with `judge: paired`,
   * scaled so that the gain of n pairs has a standard deviation of σ·√(2/n).
   */
  sigma: z.number().nonnegative(),
  /** 95% interval of σ; null where σ = 0. */
  interval: z.tuple([z.number(), z.number()]).nullable(),
  /** Degrees of freedom, including the weight of earlier sessions. */
  df: z.number().nonnegative(),
  /** Repeats in this session that the estimate uses. */
  runs: count,
  /** Ids of the earlier sessions (same machine and contract) that the estimate was shrunk towards. */
  earlier: z.array(z.string()),
  /** The estimate without them; absent where there were none, and in older records. */
  own: z.object({ sigma: z.number().nonnegative(), df: z.number().nonnegative() }).optional(),
  /** Estimates of all earlier sessions, also of those that differ too much to count; absent as `own` is. */
  earlierSessions: z
    .array(z.object({ id: z.string(), sigma: z.number().nonnegative(), df: z.number().nonnegative() }))
    .optional(),
})
export type Noise = z.infer<typeof noiseSchema>

/** Whether runs take their seed from NIGHTSHIFT_SEED, by the files of the first commit. */
export const seedUseSchema = z.object({
  /**
   * `read`: the target or its run command names the variable. `fixed`: neither does, and one sets a seed. `none`: neither
   * does either. `unknown`: the files do not show it.
   */
  use: z.enum(['read', 'fixed', 'none', 'unknown']),
  /** Up to three files that show it; none where the run command does, or nothing. */
  files: z.array(z.string()),
})
export type SeedUse = z.infer<typeof seedUseSchema>

/** The frozen files that values rest on; null where there is none. See `measuredBy` of a run. */
export const measurementSchema = z.object({
  evaluation: z.string().nullable(),
  command: z.string().nullable(),
  /**
   * The file of the evaluator outside of the runs, or its command where that names none. Absent where runs measure
   * themselves: a session has one of the two from its start to its end.
   */
  evaluator: z.string().optional(),
})
export type Measurement = z.infer<typeof measurementSchema>

/** The data that the evaluation reported, e.g. { name: "stdlib", fingerprint: "9f3c…" }. */
export const dataSchema = z.object({
  name: z.string(),
  fingerprint: z.string(),
  /** SHA-256 of the scored rows by split, in hex; absent where the evaluation gives none. */
  sha256: z.object({ val: sha256.optional(), holdout: sha256.optional() }).optional(),
})
export type Data = z.infer<typeof dataSchema>
