/**
 * digest.json: the facts of one session, computed from its records (session.json, experiments.jsonl, source/ and the
 * change.patch files) and from other sessions' digests. Reports and pages take their numbers from here. Gains are in units
 * of the metric; a positive gain is better, whatever the goal.
 */
import { z } from 'zod'
import { metricSchema, noiseSchema, outageSchema, statuses } from '../record/schema.ts'
import { inheritedSchema } from '../record/taken.ts'
import type { HoldoutGap } from '../stats/holdoutGap.ts'
import type { OverBudget } from './budget.ts'
import { basisSchema } from './confirm/basis.ts'
import { evaluationNoiseSchema } from './confirm/evaluationNoise.ts'
import { finalFactsSchema } from './confirm/final.ts'
import { looksSchema } from './confirm/holdoutLooks.ts'
import { confirmRunsSchema } from './confirm/runs.ts'
import { confirmedSchema } from './confirm/schema.ts'
import { seedsSchema } from './confirm/seeds.ts'
import { gpuCostSchema } from './cost.ts'
import { engineFactsSchema } from './engine.ts'
import { assumptionSchema } from './noise/assumedNoise.ts'
import { driftSchema } from './noise/drift.ts'
import { replicationFactsSchema, replicationOfThisSchema } from './replication/facts.ts'
import { nextStepSchema } from './result/nextStep.ts'
import { nullGainSchema } from './result/selection.ts'
import { unknownSchema } from './result/unknown.ts'
import { sandboxFactsSchema } from './sandbox.ts'
import { causeSchema } from './search/causes.ts'
import { withoutDiffSchema } from './search/describedTries.ts'
import { knobSchema } from './search/knob.ts'
import { nearSchema } from './search/nearMisses.ts'
import { plateauSchema } from './search/plateaus.ts'
import { replicationSchema } from './search/replication.ts'
import { themeSchema } from './search/themes.ts'
import { trialSchema } from './search/trials.ts'
import { settingSchema } from './source/configuration.ts'
import { outsideSchema } from './source/outsideConstants.ts'
import { traceFactSchema } from './traces.ts'
import { warningSchema } from './warnings.ts'

const experiment = z.number().int().nonnegative()

export const labels = ['confirmed', 'likely', 'unproven', 'refuted', 'too few runs'] as const
export type Label = (typeof labels)[number]

/** What there is where too little is known for the label "likely". */
export const labelNeedsSchema = z.object({
  /** Degrees of freedom of σ, confirm's runs and earlier sessions counted; 0 where no code was run twice. */
  df: z.number().nonnegative(),
  /** Experiments with a metric, the baseline not counted. */
  experiments: z.number().int().nonnegative(),
})
export type LabelNeeds = z.infer<typeof labelNeedsSchema>

export const keptSchema = z.object({
  experiment,
  description: z.string(),
  /** Its value when it was kept, in the metric's own sign, and its gain over the head it was judged against. */
  metric: z.number(),
  gain: z.number(),
  /** Share of the summed gains of the kept changes that have one; null where it has none. */
  share: z.number().nullable(),
  /** P(real), see docs/judge.md; null where σ is unknown or rests on a single pair of runs. */
  pReal: z.number().min(0).max(1).nullable(),
  label: z.enum(labels),
  /** What the label means for this change, in a sentence or two. */
  labelReason: z.string(),
  /** The head (`head`) against the head without this change (`baseline`); null: not run. */
  ablation: confirmedSchema.nullable(),
  /** The change (`head`) against its parent (`baseline`), both in runs of confirm; null: not run. */
  rerun: confirmedSchema.nullable(),
  /** Why the change could not be removed from the head; null when it could, or was not tried. */
  ablationError: z.string().nullable(),
  /** null where the diff is unknown. */
  linesAdded: z.number().int().nullable(),
  linesRemoved: z.number().int().nullable(),
  memoryMb: z.number().nullable(),
})
export type Kept = z.infer<typeof keptSchema>

/** Of a session that starts from another's final: what it inherited, and the gains from the original baseline. */
export const inheritedFactsSchema = z.object({
  from: inheritedSchema,
  /** Runs that were made once, on the first seed; null where one of the two gave no value. */
  single: z.object({ origin: z.number(), start: z.number(), gain: z.number() }).nullable(),
  /** Why the original baseline has no value: "crash: …"; null where it has one, or was not run yet. */
  why: z.string().nullable(),
  /** The final (`head`) against the original baseline, in runs of confirm; null: not run, or longer than the budget. */
  total: confirmedSchema.nullable(),
  /** The same on the holdout; null without one. */
  holdout: confirmedSchema.nullable(),
  /** The session's start (`head`) against the original baseline, in the same runs. */
  start: confirmedSchema.nullable(),
  /** Where the final ran longer than the original baseline, and by more than chance explains; else null. */
  overBudget: confirmRunsSchema.shape.overBudget,
  /** Constants that the inherited changes set: the original value, and that of the session's start (`head`). */
  constants: z.array(settingSchema),
})
export type InheritedFacts = z.infer<typeof inheritedFactsSchema>

/** Schema of the digest that this version writes; an older digest is computed again. */
export const digestVersion = 8

export const digestSchema = z.object({
  schema: z.literal(digestVersion),
  session: z.string(),
  /** The machine's label. */
  machine: z.string(),
  /** The first editable file; null where it is unknown. */
  target: z.string().nullable(),
  /** Collected from elsewhere: nothing in it was measured by this harness. */
  collected: z.boolean(),
  /** Whether that was a table, which says no reasons of its verdicts; absent where it was not. */
  ofTable: z.boolean().optional(),
  metric: metricSchema,
  /** By single runs; null when the baseline was not measured. */
  bestSingleRun: z
    .object({
      baseline: z.number(),
      best: z.number(),
      gain: z.number(),
      /** The kept change with the best value; 0 when nothing was kept. */
      experiment,
    })
    .nullable(),
  /** What confirm runs, and what a user takes from the session; null when nothing was kept. */
  final: finalFactsSchema.nullable().default(null),
  /** null: it inherits nothing. */
  inherited: inheritedFactsSchema.nullable().default(null),
  /** null: nothing was kept, or confirm has not run. */
  confirmed: confirmedSchema.nullable(),
  holdout: confirmedSchema.nullable(),
  /** Runs that confirm made of baseline and final. */
  confirmRuns: confirmRunsSchema,
  /** The gain on val minus that on the holdout in the same runs: what the search fitted to val. null: unknown. */
  gap: z
    .object({
      gain: z.number(),
      interval: z.tuple([z.number(), z.number()]),
      verdict: z.enum(['smaller', 'inconclusive', 'larger']),
    })
    .nullable() satisfies z.ZodType<HoldoutGap | null>,
  /** Expected gain of the best single run if no change had an effect, by the measured or assumed σ and its interval. */
  nullGain: nullGainSchema.nullable(),
  /** Experiments in all, the baseline included, and by status. */
  experiments: z.number().int(),
  counts: z.record(z.enum(statuses), z.number().int()),
  /** The same without the baseline. */
  tried: z.record(z.enum(statuses), z.number().int()),
  /** Experiments with a value, the baseline not counted. */
  measured: z.number().int(),
  /** Rows whose status has no known meaning; null where that of every row is known. */
  unknown: unknownSchema.nullable(),
  time: z.object({
    /** Seconds; total is from start to end, the others are parts of it. 0 where a collected session has no times. */
    total: z.number(),
    /** Inside the training budget of any run. */
    training: z.number(),
    /** Start-up, compilation and evaluation of runs: run time outside the budget. */
    overhead: z.number(),
    /** Whole runs of confirm, counted here only. */
    confirming: z.number(),
    thinking: z.number(),
    /** What is left. */
    idle: z.number(),
    experimentsPerHour: z.number(),
  }),
  tokens: z.number().nullable(),
  /** What the agents cost. */
  costUsd: z.number().nullable(),
  /** null where `gpu_usd_hour` was not given, and before the session's end. */
  gpuCost: gpuCostSchema.nullable().default(null),
  /** Cost over the kept changes that are confirmed, by themselves or as a stack; null where none is. */
  costPerConfirmedKeep: z.number().nullable(),
  outages: outageSchema.array(),
  /** What changed outside the session's folders while runs ran. */
  traces: traceFactSchema.array().default([]),
  /** Stretches of ten experiments and more without a keep, longest first. */
  plateaus: plateauSchema.array(),
  noise: noiseSchema.nullable(),
  /** An assumed σ where no code was run twice; marked as assumed wherever it is used. null where σ was measured. */
  assumed: assumptionSchema.nullable(),
  /** Smallest gain that one run distinguishes from noise (2σ·√2); null without σ. */
  detectable: z.number().nullable(),
  /** Pairs of an experiment with `judge: paired`; null where candidate and head were run apart. */
  pairs: z.number().int().positive().nullable().default(null),
  /** In order of gain, largest first. */
  kept: z.array(keptSchema),
  /** null where enough was measured for the label "likely". */
  labelNeeds: labelNeedsSchema.nullable(),
  /** Every constant that an experiment changed, by its diff or else its description, in order. */
  knobs: knobSchema.array(),
  /** Experiments of which no diff is recorded. */
  withoutDiff: withoutDiffSchema,
  /** The topics of the experiments, most gain first. */
  themes: themeSchema.array(),
  near: nearSchema,
  causes: causeSchema.array(),
  /** For each kept change, in order, what other sessions found. */
  replication: replicationSchema.array(),
  /** Of a session of `pnpm replicate`: what it found; null of any other. */
  replicationOf: replicationFactsSchema.nullable().default(null),
  /** What replications in other sessions found of this session's changes, the oldest first. */
  replicatedBy: replicationOfThisSchema.array().default([]),
  /** All constants of the editable files; null where the files are unknown. */
  configuration: settingSchema.array().nullable(),
  /** Numbers in descriptions that contradict the diff or the run. */
  warnings: warningSchema.array(),
  /** First runs that took longer than budget and overhead explain. */
  overBudget: z.array(z.object({ experiment, kept: z.boolean(), sentence: z.string() })) satisfies z.ZodType<
    OverBudget[]
  >,
  holdoutLooks: looksSchema.nullable(),
  /** Whether the seeds of confirm were new seeds. */
  seeds: seedsSchema,
  /** Noise of the confirmed gain from the finite validation set; null where the rows of confirm's runs are not known. */
  evaluationNoise: evaluationNoiseSchema.nullable(),
  /** What measured the values; null without a value. */
  basis: basisSchema.nullable(),
  /** What its runs executed in; null without a run. */
  sandbox: sandboxFactsSchema.nullable().default(null),
  /** Where its runs executed, if not on the harness's own machine; else null. */
  engine: engineFactsSchema.nullable().default(null),
  /** Every experiment in brief, in the order of the verdicts, for the digests of other sessions. */
  trials: trialSchema.array(),
  /** Discards, worst first; `delta` is the gain (negative: worse). */
  deadEnds: z.array(z.object({ experiment, description: z.string(), metric: z.number(), delta: z.number() })),
  failures: z.array(z.object({ experiment, description: z.string(), status: z.enum(statuses), reason: z.string() })),
  /** Top-level constants that the final's changes set: their source text in the baseline and in the final (`head`). */
  constants: z.array(
    z.object({ file: z.string(), name: z.string(), baseline: z.string().nullable(), head: z.string().nullable() }),
  ),
  /** Changes of the final that `constants` does not show, or not wholly. */
  outsideConstants: z.array(outsideSchema),
  /** What is to be said of the machine: whether metric or speed of the same code changed, and what else was on its GPUs. */
  drift: z.array(driftSchema),
  stop: z.object({ kind: z.string(), detail: z.string() }).nullable(),
  /** What to do next. */
  next: nextStepSchema,
})
export type Digest = z.infer<typeof digestSchema>
