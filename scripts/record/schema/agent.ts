/** The agents of a session, and when they gave nothing. */
import { z } from 'zod'
import { count, time } from './fields.ts'

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
