/**
 * What a session leaves on disk: one schema an artefact, its type inferred from it. Used by the scripts and by the
 * site's content collections alike. A missing number is null, never zero. Times are ISO 8601 in UTC, durations
 * seconds, memory MB, money US dollars. Gains are signed so that positive is better, whatever the metric's goal.
 */
import { z } from 'zod'
import { recordSchema } from './schema1.ts'

const sha = z.string().regex(/^[0-9a-f]{40,64}$/)
/** As a foreign table has it: perhaps shortened. */
const shortSha = z.string().regex(/^[0-9a-f]{7,64}$/)
const time = z.iso.datetime()
const seconds = z.number().nonnegative()
const count = z.number().int().nonnegative()

/** Why a run was made. Only `candidate` and the first `baseline` run are an experiment's own; the rest are repeats. */
export const purposes = ['baseline', 'candidate', 'seed', 'repeat', 'drift', 'confirm', 'ablate'] as const

export const runSchema = z.object({
  /** Run k of its experiment, from 1: its files lie in `runs/<NNNN>/<k>/`. */
  k: z.number().int().positive(),
  purpose: z.enum(purposes),
  seed: z.number().int(),
  commit: sha,
  startedAt: time,
  /** Wall time of the whole process, start-up and evaluation included. */
  seconds,
  outcome: z.enum(['ok', 'crash', 'timeout', 'aborted']),
  /** Why the outcome is not ok, e.g. "exit code 1: ValueError: …"; null when it is. */
  why: z.string().nullable(),
  metric: z.number().nullable(),
  holdout: z.number().nullable(),
  /** Every number of the summary block as printed, e.g. { val_bpb: 0.9979, training_seconds: 300.1 }. */
  summary: z.record(z.string(), z.number()),
})
export type Run = z.infer<typeof runSchema>

/** A comparison of a tree's runs that grow: each look at them makes the next interval wider, so each is recorded. */
export const lookSchema = z.object({
  /** `confirm`: the head against the baseline. `ablate`: the head against itself without this experiment's change. */
  purpose: z.enum(['confirm', 'ablate']),
  /** The head at that time, by number. */
  head: count,
  /** What was run; null when the change could not be taken out, and `why` says so. */
  commit: sha.nullable(),
  /** Pairs of runs compared, those of earlier looks included; where runs failed, the harmonic mean of the two sides. */
  pairs: z.number().nonnegative(),
  why: z.string().nullable(),
})
export type Look = z.infer<typeof lookSchema>

/** What the loop gives; `unknown` is a collected row whose own word for it is not known to mean any of them. */
const ownStatuses = ['keep', 'discard', 'crash', 'timeout', 'refused', 'conflict', 'aborted'] as const
export const statuses = [...ownStatuses, 'unknown'] as const
export type Status = (typeof statuses)[number]

/** The numbers a verdict was made from. `gain` and `needed` are in units of the metric, positive is better. */
const ownDecisionSchema = z.object({
  verdict: z.enum(['keep', 'discard', 'repeat']),
  reason: z.string(),
  candidate: z.number(),
  head: z.number(),
  gain: z.number(),
  /** The gain that was needed: more than the lines added are worth, or less than nothing for a simplification. */
  needed: z.number(),
  sigma: z.number().nonnegative().nullable(),
  linesAdded: count,
  linesRemoved: count,
})
export type OwnDecision = z.infer<typeof ownDecisionSchema>

/** Of a collected row the rule is not known, nor always the diff. */
export const decisionSchema = ownDecisionSchema.extend({
  needed: z.number().nullable(),
  linesAdded: count.nullable(),
  linesRemoved: count.nullable(),
})
export type Decision = z.infer<typeof decisionSchema>

/** An experiment as the loop records it; `experimentSchema` is what is read, collected ones included. */
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
    /** Time spent thinking. */
    seconds,
    tokens: count.nullable(),
    costUsd: z.number().nonnegative().nullable(),
  }),
  /** Whether its agent was asked for a larger step, after many experiments without a keep. */
  bold: z.boolean().default(false),
  /** How often its agent mended it after a crash; the runs that crashed are of other commits. */
  fixes: count.default(0),
  /** SHA-256 of program.md's prose as the agent read it. */
  proseHash: z.string(),
  /** The best it was judged against: experiment number and commit; null for the baseline. */
  parent: z.object({ number: count, commit: sha }).nullable(),
  /** The best it was made against, when that is another one; null when it is the same. */
  madeFrom: z.object({ number: count, commit: sha }).nullable().default(null),
  /** null when the guard refused it before there was a commit. */
  commit: sha.nullable(),
  tree: sha.nullable(),
  linesAdded: count,
  linesRemoved: count,
  /** Mean over the runs the verdict was made from; null when nothing was measured. */
  metric: z.number().nullable(),
  memoryMb: z.number().nonnegative().nullable(),
  decision: ownDecisionSchema.nullable(),
  startedAt: time,
  endedAt: time,
  /** In the order they were made; repeats, drift checks and confirm runs of this tree are appended here too. */
  runs: z.array(runSchema),
  /** Looks at its confirm and ablation runs so far, in order; absent before the first. */
  looks: z.array(lookSchema).optional(),
})
export type OwnExperiment = z.infer<typeof ownExperimentSchema>

/** Where a collected experiment stands in its table, and what of it has no place of its own. */
export const rowSchema = z.object({
  /** Line of the table, from 1. */
  line: z.number().int().positive(),
  /** Commit and status as they are written there; null without such a cell. */
  commit: z.string().nullable(),
  status: z.string().nullable(),
  /** Every other cell that the mapping leaves as it is, by column, e.g. { artifact_mb: "11.96" }. */
  cells: z.record(z.string(), z.string()),
})
export type Row = z.infer<typeof rowSchema>

/** Of a collected experiment only the number, status, description and reason are always known. */
export const experimentSchema = ownExperimentSchema.extend({
  status: z.enum(statuses),
  agent: ownExperimentSchema.shape.agent.extend({ seconds: seconds.nullable() }),
  proseHash: z.string().nullable(),
  parent: z.object({ number: count, commit: shortSha.nullable() }).nullable(),
  commit: shortSha.nullable(),
  linesAdded: count.nullable(),
  linesRemoved: count.nullable(),
  decision: decisionSchema.nullable(),
  startedAt: time.nullable(),
  endedAt: time.nullable(),
  /** Absent where it was not collected from a table. */
  row: rowSchema.optional(),
})
export type Experiment = z.infer<typeof experimentSchema>

export const noiseSchema = z.object({
  /** Standard deviation of one run's metric between seeds of a same tree. */
  sigma: z.number().nonnegative(),
  /** 95% interval of σ; null where it cannot be had (σ = 0). */
  interval: z.tuple([z.number(), z.number()]).nullable(),
  /** Degrees of freedom it rests on, earlier sessions' weight included. */
  df: z.number().nonnegative(),
  /** Repeats of a same tree in this session that went into it. */
  runs: count,
  /** Earlier sessions of this machine and contract that it was shrunk towards. */
  earlier: z.array(z.string()),
})
export type Noise = z.infer<typeof noiseSchema>

const ownMachineSchema = z.object({
  label: z.string(),
  gpu: z.string().nullable(),
  gpus: count,
  driver: z.string().nullable(),
  cpu: z.string(),
  cores: count,
  memoryMb: count,
  os: z.string(),
  python: z.string().nullable(),
  torch: z.string().nullable(),
})
/** A foreign machine is known by what its session says of it: `gpus` null is not known, 0 is none. */
export const machineSchema = ownMachineSchema.extend({
  gpus: count.nullable(),
  cpu: z.string().nullable(),
  cores: count.nullable(),
  memoryMb: count.nullable(),
  os: z.string().nullable(),
})
export type OwnMachine = z.infer<typeof ownMachineSchema>
export type Machine = z.infer<typeof machineSchema>

export const metricSchema = z.object({
  name: z.string(),
  goal: z.enum(['minimize', 'maximize']),
  unit: z.string().nullable(),
  /** Name of the holdout metric in the summary, e.g. "holdout_bpb"; null when the target has none. */
  holdout: z.string().nullable(),
})
export type Metric = z.infer<typeof metricSchema>

/** A time in which an agent gave no proposal, while another did. */
export const outageSchema = z.object({
  /** Which of the session's agents: 0 is the contract's own, 1 its first fallback. */
  agentIndex: count,
  use: z.string(),
  /**
   * As the client tells it: "rate-limit", "overload", "auth", "network", "timeout", "crash", "empty", "unreadable",
   * "unknown"; "check": it could not begin at all; "refused": it answered, and the guard refused it again and again.
   */
  kind: z.string(),
  /** Its first cause, one sentence. */
  detail: z.string(),
  startedAt: time,
  /** When it answered again, or the session ended; null while neither is so. */
  endedAt: time.nullable(),
  /** How often it was asked in vain. */
  tries: count,
  /** Proposals made by others meanwhile. */
  experiments: count,
})
export type Outage = z.infer<typeof outageSchema>

/** An agent of the session, with its client's version; null when it has none or did not say. */
export const clientSchema = z.object({ use: z.string(), model: z.string().nullable(), version: z.string().nullable() })

/** A session as the loop records it; `sessionSchema` is what is read, collected ones included. */
export const ownSessionSchema = z.object({
  schema: z.literal(recordSchema),
  id: z.string(),
  tag: z.string(),
  /** Path of program.md in its repository, with forward slashes. */
  program: z.string(),
  /** SHA-256 of the contract (canonical JSON) and of the prose at the start. */
  contractHash: z.string(),
  proseHash: z.string(),
  /** The contract as it was resolved, defaults filled in; its schema is program/contract.ts. */
  contract: z.record(z.string(), z.unknown()),
  metric: metricSchema,
  /** Training seconds a run is given. */
  budget: seconds,
  machine: ownMachineSchema,
  agent: z.object({ use: z.string(), model: z.string().nullable() }),
  /** The agent and its fallbacks, in the order in which they take over. */
  clients: z.array(clientSchema).default([]),
  /** In the order of their beginnings. */
  outages: z.array(outageSchema).default([]),
  branch: z.string(),
  baseCommit: sha,
  /** What the evaluation said of its data, e.g. { name: "stdlib", fingerprint: "9f3c…" }; null when it said nothing. */
  data: z.object({ name: z.string(), fingerprint: z.string() }).nullable(),
  noise: noiseSchema.nullable(),
  startedAt: time,
  endedAt: time.nullable(),
  /** null while the session runs. `kind` is e.g. "experiments", "until", "hours", "interrupted", "exhausted". */
  stop: z.object({ kind: z.string(), detail: z.string() }).nullable(),
})
export type OwnSession = z.infer<typeof ownSessionSchema>

/** Where a collected session came from; source.json beside it has the mapping, what was not read, and the doubts. */
export const originSchema = z.object({
  /** `table`: a foreign ledger; `session`: another notebook's folder. */
  kind: z.enum(['table', 'session']),
  /** Path or URL, without credentials. */
  from: z.string(),
})

/** A collected session has no journal: it is over, even where its end is not known. */
export const sessionSchema = ownSessionSchema.extend({
  program: z.string().nullable(),
  contractHash: z.string().nullable(),
  proseHash: z.string().nullable(),
  budget: seconds.nullable(),
  machine: machineSchema,
  agent: z.object({ use: z.string().nullable(), model: z.string().nullable() }),
  branch: z.string().nullable(),
  baseCommit: shortSha.nullable(),
  startedAt: time.nullable(),
  /** Absent of a session made in this notebook. */
  source: originSchema.optional(),
})
export type Session = z.infer<typeof sessionSchema>

/** Whether the session goes on. A collected one may lack its end, never its stop. */
export const isRunning = ({ stop }: Pick<Session, 'stop'>): boolean => stop === null

/** A point of `runs/<NNNN>/<k>/curve.csv`: header-less lines `step,seconds,loss`. */
export const curvePointSchema = z.object({ step: z.number(), seconds: z.number(), loss: z.number() })
export type CurvePoint = z.infer<typeof curvePointSchema>
