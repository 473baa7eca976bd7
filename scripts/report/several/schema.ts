/**
 * The digest of several sessions: what they found for the same changes. A gain is relative to its own session's
 * baseline or best; metric values of different sessions are never compared.
 */
import { z } from 'zod'
import { confirmedSchema } from '../../analysis/confirm/schema.ts'
import { labels } from '../../analysis/schema.ts'
import { shapes } from '../../analysis/search/knob.ts'
import { replicationSchema } from '../../analysis/search/replication.ts'
import { metricSchema } from '../../record/schema.ts'

const count = z.number().int().nonnegative()

const sessionSchema = z.object({
  /** Its id, and its name in facts and tables: the tag, unless two sessions share it. */
  session: z.string(),
  name: z.string(),
  machine: z.string(),
  metric: metricSchema,
  /** Index of its group: sessions of one group share metric, data, budget and kind of machine. */
  group: count,
  startedAt: z.iso.datetime().nullable(),
  collected: z.boolean(),
  experiments: count,
  kept: count,
  baseline: z.number().nullable(),
  /** Gain of the best single run; null where it is not known. */
  bestSingleRun: z.number().nullable(),
  confirmed: confirmedSchema.nullable(),
  seconds: z.number().nonnegative(),
  tokens: count.nullable(),
  /** What the agents cost, and the GPUs; null where it is not known. */
  costUsd: z.number().nonnegative().nullable(),
  gpuUsd: z.number().nonnegative().nullable().default(null),
})
export type WeekSession = z.infer<typeof sessionSchema>

const member = z.object({
  session: z.string(),
  experiment: count,
  description: z.string(),
  gain: z.number(),
  /** Share of its session's gains; orders changes of incomparable sessions. */
  share: z.number().nullable(),
  label: z.enum(labels),
})

export const verdicts = ['replicated', 'contradicted', 'mixed', 'nothing', 'untested', 'incomparable'] as const

/** One change, kept in one or more sessions, and the evidence of the others. */
const lessonSchema = z.object({
  /** Sessions that kept it, best evidence and largest share first. */
  kept: z.array(member),
  /**
   * Measurements of the same change in other sessions. An entry of `kept` is also here for each session that it is
   * evidence for.
   */
  found: replicationSchema.shape.found,
  /**
   * replicated: other sessions show the same direction, none the opposite; contradicted: the opposite only; mixed:
   * both; nothing: no effect beyond the noise; untested: in no other session; incomparable: the diff is unknown.
   */
  verdict: z.enum(verdicts),
})
export type Lesson = z.infer<typeof lessonSchema>

const sharedKnob = z.object({
  name: z.string(),
  /** Best value and shape of each session. */
  sessions: z.array(z.object({ session: z.string(), best: z.string(), shape: z.enum(shapes) })),
})

export const weekSchema = z.object({
  schema: z.literal(1),
  /** In order of start. */
  sessions: z.array(sessionSchema).min(1),
  groups: count,
  machines: z.array(z.string()),
  /** In the order of `verdicts`, then best evidence and largest share first. */
  lessons: z.array(lessonSchema),
  /** Constants that several sessions changed. */
  knobs: z.array(sharedKnob),
  /** Values and pairs that a session did not try. */
  untried: z.array(z.object({ session: z.string(), what: z.string(), why: z.string() })),
})
export type Week = z.infer<typeof weekSchema>
