/** An experiment: its runs, what it was compared with, its verdict. */
import { z } from 'zod'
import { amongSchema, sweepSchema } from '../sweep.ts'
import { replicatesSchema } from '../taken.ts'
import { count, seconds, sha, shortSha, time } from './fields.ts'
import { runSchema } from './run.ts'

/** An interim comparison of confirm or ablation runs. Each widens the next interval, so each is recorded. */
export const lookSchema = z.object({
  /** `confirm`: the head against the baseline. `ablate`: the head against itself without this experiment's change. */
  purpose: z.enum(['confirm', 'ablate']),
  /** The head at that time, by number. */
  head: count,
  /** The commit that was run; null when the change could not be removed, for the reason in `why`. */
  commit: sha.nullable(),
  /** Pairs of runs compared so far; where runs failed, the harmonic mean of the two sides. */
  pairs: z.number().nonnegative(),
  why: z.string().nullable(),
  /** Which call of confirm made it, from 1: the session's own, then those by hand. Absent in older records. */
  call: z.number().int().positive().optional(),
})
export type Look = z.infer<typeof lookSchema>

/** The loop's verdicts. `unknown` is a collected row whose status has no known meaning. */
const ownStatuses = ['keep', 'discard', 'crash', 'timeout', 'refused', 'conflict', 'aborted'] as const
export const statuses = [...ownStatuses, 'unknown'] as const
export type Status = (typeof statuses)[number]

/** The numbers a verdict was made from. `gain` and `needed` are in units of the metric, positive is better. */
const ownDecisionSchema = z.object({
  verdict: z.enum(['keep', 'discard', 'repeat']),
  reason: z.string(),
  /** Means of the candidate's runs and of the head's. */
  candidate: z.number(),
  head: z.number(),
  gain: z.number(),
  /** The gain needed for a keep: positive where lines were added, negative for a simplification. */
  needed: z.number(),
  sigma: z.number().nonnegative().nullable(),
  linesAdded: count,
  linesRemoved: count,
  /**
   * Where candidate and head were run side by side (`judge: paired`): the number of pairs, and half the 95% interval of
   * `gain`; null without σ. `gain` is then the mean of the middle third of the pairs' differences. Absent where the two were
   * run apart.
   */
  pairs: z.object({ count: z.number().int().positive(), half: z.number().nonnegative().nullable() }).optional(),
  /** Only of a member of a sweep. */
  among: amongSchema.optional(),
})
export type OwnDecision = z.infer<typeof ownDecisionSchema>

/** For a collected row the rule is unknown, and the diff may be. */
export const decisionSchema = ownDecisionSchema.extend({
  needed: z.number().nullable(),
  linesAdded: count.nullable(),
  linesRemoved: count.nullable(),
})
export type Decision = z.infer<typeof decisionSchema>

/** An experiment as the loop records it; `experimentSchema` accepts collected experiments too. */
export const ownExperimentSchema = z.object({
  /** 0 is the baseline. Written with four digits in names: 0042. */
  number: count,
  status: z.enum(ownStatuses),
  description: z.string(),
  hypothesis: z.string().nullable(),
  /** One sentence: why the status is what it is. */
  reason: z.string(),
  agent: z.object({
    /** "tuner", "command", …; null for the baseline. */
    use: z.string().nullable(),
    model: z.string().nullable(),
    /** Time that the agent took to propose. */
    seconds,
    tokens: count.nullable(),
    costUsd: z.number().nonnegative().nullable(),
  }),
  /** Whether the prompt asked for a larger step, after many experiments without a keep. */
  bold: z.boolean().default(false),
  /** How often its agent fixed it after a crash. The crashed runs have other commits. */
  fixes: count.default(0),
  /** SHA-256 of the program.md prose that the agent read. */
  proseHash: z.string(),
  /** The head that it was judged against; null for the baseline. */
  parent: z.object({ number: count, commit: sha }).nullable(),
  /** The head that the agent edited, where that is not `parent` (the candidate was rebased); else null. */
  madeFrom: z.object({ number: count, commit: sha }).nullable().default(null),
  /** null when the guard refused it before it was committed. */
  commit: sha.nullable(),
  tree: sha.nullable(),
  linesAdded: count,
  linesRemoved: count,
  /** Mean over the runs that the verdict used; null when none gave a value. */
  metric: z.number().nullable(),
  memoryMb: z.number().nonnegative().nullable(),
  decision: ownDecisionSchema.nullable(),
  startedAt: time,
  endedAt: time,
  /** In order, with the later repeats, drift checks and confirm runs of this tree. */
  runs: z.array(runSchema),
  /** Looks at its confirm and ablation runs, in order; absent before the first. */
  looks: z.array(lookSchema).optional(),
  /** Only in a replication, and not of its baseline. */
  replicates: replicatesSchema.optional(),
  /** Only of a member of a sweep. */
  sweep: sweepSchema.optional(),
})
export type OwnExperiment = z.infer<typeof ownExperimentSchema>

/** The row of a collected experiment in its table. */
export const rowSchema = z.object({
  /** Line of the table, from 1. */
  line: z.number().int().positive(),
  /** As written there; null without such a cell. */
  commit: z.string().nullable(),
  status: z.string().nullable(),
  /** Cells without a field in this schema, by column, e.g. { artifact_mb: "11.96" }. */
  cells: z.record(z.string(), z.string()),
})
export type Row = z.infer<typeof rowSchema>

/** A collected experiment always has a number, status, description and reason; the rest may be unknown. */
export const experimentSchema = ownExperimentSchema.extend({
  status: z.enum(statuses),
  agent: ownExperimentSchema.shape.agent.extend({ seconds: seconds.nullable() }),
  proseHash: z.string().nullable(),
  /** Of a table's row the best that was kept before it: what it was judged against is not known. */
  parent: z.object({ number: count, commit: shortSha.nullable() }).nullable(),
  commit: shortSha.nullable(),
  linesAdded: count.nullable(),
  linesRemoved: count.nullable(),
  decision: decisionSchema.nullable(),
  startedAt: time.nullable(),
  endedAt: time.nullable(),
  /** Only of experiments that were collected from a table. */
  row: rowSchema.optional(),
})
export type Experiment = z.infer<typeof experimentSchema>
