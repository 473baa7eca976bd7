/** A session as a whole. */
import { z } from 'zod'
import { engineSchema } from '../engine.ts'
import { gpuStateSchema } from '../gpu/schema.ts'
import { nodeSchema, slowNodeSchema } from '../places.ts'
import { sandboxSchema } from '../sandbox.ts'
import { recordSchema } from '../schema1.ts'
import { inheritedSchema, replicationSchema, sharedSchema } from '../taken.ts'
import { traceSchema } from '../traces.ts'
import { clientSchema, outageSchema } from './agent.ts'
import { count, seconds, sha, shortSha, time } from './fields.ts'
import { machineSchema, ownMachineSchema } from './machine.ts'
import { dataSchema, measurementSchema, metricSchema, noiseSchema, seedUseSchema } from './measure.ts'

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
  /** Nodes that were found slow; absent where none was. */
  slowNodes: z.array(slowNodeSchema).optional(),
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
