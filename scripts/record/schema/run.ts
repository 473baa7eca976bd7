/** One execution of the training command. */
import { z } from 'zod'
import { lostSchema } from '../engine.ts'
import { runGpuSchema } from '../gpu/schema.ts'
import { seconds, sha, time } from './fields.ts'

/**
 * Why a run was made. `candidate` and the first `baseline` run are the first of their tree; the rest repeat one. An
 * `opponent` is a run of the head beside a candidate, recorded in the candidate's experiment with the head's commit. An
 * `adopt` run is of a branch that `pnpm adopt` made, or of the baseline beside it: it is in the journal alone, not among the
 * runs of an experiment, so that it counts in no estimate of the session. An `origin` run is of the original baseline of a
 * session that inherits changes, recorded in experiment 0 with that commit.
 */
export const purposes = [
  'baseline',
  'candidate',
  'opponent',
  'seed',
  'repeat',
  'drift',
  'confirm',
  'ablate',
  'adopt',
  'origin',
] as const

export const runSchema = z.object({
  /** Run k of its experiment, from 1: its files lie in `runs/<NNNN>/<k>/`. */
  k: z.number().int().positive(),
  purpose: z.enum(purposes),
  seed: z.number().int(),
  commit: sha,
  startedAt: time,
  /** Wall time until its last process had ended, start-up and evaluation included, by the runner's clock. */
  seconds,
  /**
   * What `seconds` may be, by the budget and the baseline's runs (record/overBudget.ts). A first run of its tree over it has a
   * warning, a later one is a crash. Absent where it is not known or the target does not train for the budget, and in records
   * of earlier versions.
   */
  allowedSeconds: seconds.optional(),
  outcome: z.enum(['ok', 'crash', 'timeout', 'aborted']),
  /** Why the outcome is not ok, e.g. "exit code 1: ValueError: …"; null when it is. */
  why: z.string().nullable(),
  metric: z.number().nullable(),
  /** What the run printed behind the metric's number, e.g. "ms"; absent without. */
  unit: z.string().optional(),
  holdout: z.number().nullable(),
  /** Every number of the summary block as printed; of an evaluator metric, holdout and what it printed besides; e.g. { val_bpb: 0.9979, training_seconds: 300.1 }. */
  summary: z.record(z.string(), z.number()),
  /**
   * What `metric` rests on. `evaluator`: a frozen process outside of the run computed it. `evaluation`: a frozen evaluation
   * in the run wrote the same value to NIGHTSHIFT_EVAL. `command`: a frozen script that names the metric printed it. `run`: the
   * edited program printed it. Absent without a value, and in records of earlier versions.
   */
  measuredBy: z.enum(['evaluator', 'evaluation', 'command', 'run']).optional(),
  /** Names of the values that the evaluator gave, or that NIGHTSHIFT_EVAL held too; absent without a value, and in records of earlier versions. */
  evaluated: z.array(z.string()).optional(),
  /** Its GPU while it ran; absent without nvidia-smi, of runs too short for a sample, and in records of earlier versions. */
  gpu: runGpuSchema.optional(),
  /** Where it executed; only of runs on an engine. */
  node: z.string().optional(),
  /** Between its submission and its start, all attempts together; only of runs on an engine. */
  waitedSeconds: seconds.optional(),
  /** Attempts without a result, in order; absent where there was none. */
  lost: z.array(lostSchema).optional(),
})
export type Run = z.infer<typeof runSchema>

/** A point of `runs/<NNNN>/<k>/curve.csv`: header-less lines `step,seconds,loss`. */
export const curvePointSchema = z.object({ step: z.number(), seconds: z.number(), loss: z.number() })
export type CurvePoint = z.infer<typeof curvePointSchema>
