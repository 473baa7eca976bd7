/**
 * The digest of several sessions: what they found for the same changes. Gains are each session's own, from its own baseline
 * on its own machine; values of different sessions are never compared.
 */
import { z } from 'zod'
import { confirmedSchema, labels } from '../../analysis/schema.ts'
import { shapes } from '../../analysis/search/knob.ts'
import { replicationSchema } from '../../analysis/search/replication.ts'
import { metricSchema } from '../../record/schema.ts'

const count = z.number().int().nonnegative()

const sessionSchema = z.object({
  /** Its id, and the name that facts and tables give it: the tag, where no two sessions share it. */
  session: z.string(),
  name: z.string(),
  machine: z.string(),
  metric: metricSchema,
  /** Number of its group: sessions of one group share metric, data, budget and kind of machine. */
  group: count,
  startedAt: z.iso.datetime().nullable(),
  collected: z.boolean(),
  experiments: count,
  kept: count,
  baseline: z.number().nullable(),
  claimed: z.number().nullable(),
  confirmed: confirmedSchema.nullable(),
  seconds: z.number().nonnegative(),
  tokens: count.nullable(),
  costUsd: z.number().nonnegative().nullable(),
})
export type WeekSession = z.infer<typeof sessionSchema>

const member = z.object({
  session: z.string(),
  experiment: count,
  description: z.string(),
  gain: z.number(),
  /** Of its session's gains: what orders changes of sessions that do not compare. */
  share: z.number().nullable(),
  word: z.enum(labels),
})

export const verdicts = ['replicated', 'contradicted', 'mixed', 'nothing', 'untested', 'incomparable'] as const

/** One change, kept in one session or several, and what the others found for it. */
const lessonSchema = z.object({
  /** Kept where; the surest and largest first. */
  kept: z.array(member),
  /** Measured elsewhere for the same; those that are among `kept` too are here for each session that they speak to. */
  found: replicationSchema.shape.found,
  /**
   * replicated: other sessions point the same way, none the other; contradicted: the other way, none the same; mixed:
   * both; nothing: tried elsewhere, no effect beyond the noise; untested: by no other session; incomparable: its diff is
   * not known, so nobody can tell.
   */
  verdict: z.enum(verdicts),
})
export type Lesson = z.infer<typeof lessonSchema>

const sharedKnob = z.object({
  name: z.string(),
  /** Best value and shape by session. */
  sessions: z.array(z.object({ session: z.string(), best: z.string(), shape: z.enum(shapes) })),
})

export const weekSchema = z.object({
  schema: z.literal(1),
  /** In the order of their beginnings. */
  sessions: z.array(sessionSchema).min(1),
  groups: count,
  machines: z.array(z.string()),
  /** Replicated first, untested last; within that the surest and largest first. */
  lessons: z.array(lessonSchema),
  /** Constants that several sessions moved alone or with others. */
  knobs: z.array(sharedKnob),
  /** Values and pairs that a session leaves to be tried. */
  untried: z.array(z.object({ session: z.string(), what: z.string(), why: z.string() })),
})
export type Week = z.infer<typeof weekSchema>
