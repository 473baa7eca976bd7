/**
 * The schemas of a session's records. Scripts and site use the same. A missing number is null, never zero. Times are
 * ISO 8601 in UTC, durations seconds, memory MB, money US dollars. A positive gain is better, whatever the metric's
 * goal.
 */
import { z } from 'zod'
import { engineSchema, lostSchema } from './engine.ts'
import { gpuStateSchema, runGpuSchema } from './gpu/schema.ts'
import { nodeSchema } from './places.ts'
import { sandboxSchema } from './sandbox.ts'
import { recordSchema } from './schema1.ts'
import { amongSchema, sweepSchema } from './sweep.ts'
import { inheritedSchema, replicatesSchema, replicationSchema, sharedSchema } from './taken.ts'
import { traceSchema } from './traces.ts'

const sha = z.string().regex(/^[0-9a-f]{40,64}$/)
/** A hash that may be abbreviated, as in foreign tables. */
const shortSha = z.string().regex(/^[0-9a-f]{7,64}$/)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const time = z.iso.datetime()
const seconds = z.number().nonnegative()
const count = z.number().int().nonnegative()

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
/** The machine of a collected session may be partly unknown. `gpus`: null is unknown, 0 is no GPU. */
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

/** A period in which an agent gave no proposal. */
export const outageSchema = z.object({
  /** 0 is the contract's agent, 1 its first fallback. */
  agentIndex: count,
  use: z.string(),
  /**
   * The client's error: "rate-limit", "overload", "auth", "network", "timeout", "crash", "empty", "unreadable" or
   * "unknown". "check": its check failed, so it was not asked. "refused": the guard refused several proposals in a row.
   */
  kind: z.string(),
  /** The first error, one sentence. */
  detail: z.string(),
  startedAt: time,
  /** When the agent recovered or the session ended; null until then. */
  endedAt: time.nullable(),
  /** Failed requests. */
  tries: count,
  /** Proposals that other agents made during the outage. */
  experiments: count,
})
export type Outage = z.infer<typeof outageSchema>

/**
 * An agent of the session. `version` is its client's; null where the client has or prints none. `sandbox`: what its process
 * runs in, e.g. "bubblewrap"; absent without a sandbox of ours.
 */
export const clientSchema = z.object({
  use: z.string(),
  model: z.string().nullable(),
  version: z.string().nullable(),
  sandbox: z.string().optional(),
})

/**
 * What confirm runs and what a user takes from the session, decided once for a head, before confirm: the head, or the
 * pruned head, a commit on top of it without the kept changes whose gain is likely luck.
 */
export const finalSchema = z.object({
  /** The head, by number, and its commit where nothing was removed. */
  head: count,
  commit: sha,
  tree: sha,
  /** Kept changes that were taken out, newest first, with their P(real) then. Empty: the final is the head. */
  removed: z.array(z.object({ experiment: count, pReal: z.number() })),
  /** Kept changes that should have been taken out but could not be. */
  keptBack: z.array(z.object({ experiment: count, pReal: z.number(), why: z.string() })),
  /** Branch of the pruned head; null where there is none, or another branch has its name. */
  branch: z.string().nullable(),
  /** Why the head was not pruned although changes should have been taken out; null otherwise. */
  why: z.string().nullable(),
})
export type Final = z.infer<typeof finalSchema>
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

/** From a start or resumption to its end; `to` is null until then. `devices`: GPUs of its slots, or the slots without a GPU. */
const stretchSchema = z.object({ from: time, to: time.nullable(), devices: count })

/** A session as the loop records it; `sessionSchema` accepts collected sessions too. */
export const ownSessionSchema = z.object({
  schema: z.literal(recordSchema),
  id: z.string(),
  tag: z.string(),
  /** Path of program.md in its repository, with forward slashes. */
  program: z.string(),
  /** The same from the notebook's folder, where commands are typed; absent in records of earlier versions. */
  programPath: z.string().optional(),
  /** SHA-256 of the contract (canonical JSON) and of the prose at the start. */
  contractHash: z.string(),
  proseHash: z.string(),
  /** The contract with its defaults filled in; program/contract.ts has its schema. */
  contract: z.record(z.string(), z.unknown()),
  metric: metricSchema,
  /** Training seconds of a run. */
  budget: seconds,
  machine: ownMachineSchema,
  /** The GPUs of its slots before a run used them, at the start and at each resumption; absent as `gpu` of a run is. */
  gpus: z.array(gpuStateSchema).optional(),
  agent: z.object({ use: z.string(), model: z.string().nullable() }),
  /** The agent and its fallbacks, in order. */
  clients: z.array(clientSchema).default([]),
  /** By start. */
  outages: z.array(outageSchema).default([]),
  /** What changed outside the session's folders meanwhile; absent where nothing did. */
  traces: z.array(traceSchema).optional(),
  branch: z.string(),
  baseCommit: sha,
  /** null when the baseline's evaluation reported none. */
  data: dataSchema.nullable(),
  /** null in records of earlier versions, and in collected tables. */
  seedUse: seedUseSchema.nullable().default(null),
  measurement: measurementSchema.nullable().default(null),
  /** Whether the target names NIGHTSHIFT_BUDGET_S; absent in records of earlier versions, and in collected tables. */
  readsBudget: z.boolean().optional(),
  /** What its runs executed in, in order; one more where a resumption finds another. Absent in records of earlier versions. */
  sandboxes: z.array(sandboxSchema).optional(),
  /** Machines that its engine gave, by the time they were found; absent where runs execute on the harness's own machine. */
  nodes: z.array(nodeSchema).optional(),
  /** Where its runs execute; absent: in processes of the harness's machine. `machine` is that of its first place. */
  engine: engineSchema.optional(),
  noise: noiseSchema.nullable(),
  /** Only of a session of `pnpm replicate`. */
  replication: replicationSchema.optional(),
  /** Only of a session that starts from another's final. */
  inherited: inheritedSchema.optional(),
  /** Absent before the first confirm. It holds only as long as its head is the head. */
  final: finalSchema.optional(),
  startedAt: time,
  endedAt: time.nullable(),
  /** When its harness ran, in order; absent in session.json of earlier versions, and in collected tables. */
  active: z.array(stretchSchema).optional(),
  /** null while the session runs. `kind` is e.g. "experiments", "until", "hours", "interrupted", "exhausted". */
  stop: z.object({ kind: z.string(), detail: z.string() }).nullable(),
})
export type OwnSession = z.infer<typeof ownSessionSchema>

/** Where a collected session came from. source.json beside it has the mapping, notes and warnings. */
export const originSchema = z.object({
  /** `table`: a foreign ledger; `session`: another notebook's folder; `shared`: another notebook's, by `pnpm sync`. */
  kind: z.enum(['table', 'session', 'shared']),
  /** Path or URL, without credentials. */
  from: z.string(),
  /** Only of `shared`. */
  shared: sharedSchema.optional(),
  /** Flags of the command that say how it was read, as given; absent in older records. */
  flags: z.array(z.string()).optional(),
})

/** A collected session has no journal and has ended, even where its end is unknown. */
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
  /** Only of collected sessions. */
  source: originSchema.optional(),
})
export type Session = z.infer<typeof sessionSchema>

/** Whether the session has not ended. A collected session may lack `endedAt`, never `stop`. */
export const isRunning = ({ stop }: Pick<Session, 'stop'>): boolean => stop === null

/** A point of `runs/<NNNN>/<k>/curve.csv`: header-less lines `step,seconds,loss`. */
export const curvePointSchema = z.object({ step: z.number(), seconds: z.number(), loss: z.number() })
export type CurvePoint = z.infer<typeof curvePointSchema>
