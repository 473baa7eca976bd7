/** Changes that a session took from another one: of a replication, and of a session that starts from another's final. */
import { z } from 'zod'

const sha = z.string().regex(/^[0-9a-f]{40,64}$/)

/** A constant that `pnpm replicate --set` changed in the baseline, and so in all that is run. Values as in the file. */
const setKnobSchema = z.object({ knob: z.string(), file: z.string(), from: z.string(), to: z.string() })

/** The session whose changes are taken, as its records were then. */
const takenFromSchema = z.object({
  /** Its id. */
  session: z.string(),
  /** GPU, CPU or label of its machine; null where unknown. */
  machine: z.string().nullable(),
  /** Training seconds of a run there. */
  budget: z.number().nonnegative().nullable(),
  /** Experiments there whose changes apply here, in the order in which they were kept; 0 is what it inherited itself. */
  experiments: z.array(z.number().int().nonnegative()),
  /** Whether these together are exactly its final. */
  isFinal: z.boolean(),
  /**
   * The gain of its final in confirm there, in the metric's unit, positive is better, and the baseline's mean in the same runs;
   * of a session that inherited changes itself, from its original baseline. null where it was not measured.
   */
  confirmed: z
    .object({ gain: z.number(), interval: z.tuple([z.number(), z.number()]), baseline: z.number() })
    .nullable(),
})

/**
 * Of an experiment of a replication: which changes it runs, by their numbers in the session they are taken from; 0 is what
 * that one inherited itself.
 */
export const replicatesSchema = z.object({ experiments: z.array(z.number().int().nonnegative()).min(1) })

/** An experiment of a replication before its runs. Without a commit its changes do not apply, for the reason `why`. */
const plannedSchema = replicatesSchema.extend({
  description: z.string(),
  commit: sha.nullable(),
  why: z.string().nullable(),
})
export type Planned = z.infer<typeof plannedSchema>

/** Of a session of `pnpm replicate`: which changes it ran again. */
export const replicationSchema = takenFromSchema.extend({
  /** The commit of the user's checkout; `baseCommit` is another one where `set` is not empty. */
  head: sha,
  set: z.array(setKnobSchema),
  /** Data of the evaluation there; absent where none is known. */
  data: z.object({ name: z.string(), fingerprint: z.string() }).optional(),
  /** What is run, from experiment 1: all changes together, then single ones. A resumed session goes on by it. */
  plan: z.array(plannedSchema).optional(),
})
export type Replication = z.infer<typeof replicationSchema>

/** Of a session of `pnpm session --from`: what it starts with. */
export const inheritedSchema = takenFromSchema.extend({
  /** The commit without the changes: the original baseline. `baseCommit` is it with them. */
  base: sha,
  /** What the experiments are called there, in the same order. */
  descriptions: z.array(z.string()).default([]),
})
export type Inherited = z.infer<typeof inheritedSchema>

/** Where `pnpm sync` brought a session from. */
export const sharedSchema = z.object({
  /** Branch of the remote, e.g. "sessions/h200-abcd". */
  branch: z.string(),
  /** The newest commit of the branch that was brought in, with its author's name and its time. */
  commit: sha,
  person: z.string().nullable(),
  at: z.iso.datetime(),
  /** By the allowed-signers file of `share.trust`; absent without one. `signer` is its principal; null when unverified. */
  signature: z.object({ verified: z.boolean(), signer: z.string().nullable() }).optional(),
})
export type Shared = z.infer<typeof sharedSchema>
