/** What the runs of a session execute in. */
import { z } from 'zod'

export const sandboxSchema = z.object({
  /** Runs that start later execute in it, until the next one of the list. */
  from: z.iso.datetime(),
  /** null: they execute without one, with all rights of the user. */
  mechanism: z.enum(['bubblewrap', 'namespaces', 'landlock', 'seatbelt']).nullable(),
  /** What it holds besides files: see `Holds` of scripts/lib/sandbox/sandbox.ts. All are false without a sandbox. */
  holds: z.object({ signals: z.boolean(), processes: z.boolean(), network: z.boolean(), temporary: z.boolean() }),
  /** What runs were to reach, as the contract says: this machine, nothing, or everything. */
  network: z.enum(['local', 'none', 'all']),
  /** false: of what listens on the machine's loopback nothing is passed on to a run with network local, as on nodes. */
  relay: z.literal(false).optional(),
  /** Why there is none; null where there is one. */
  why: z.string().nullable(),
})
export type SandboxRecord = z.infer<typeof sandboxSchema>
