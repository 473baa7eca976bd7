/** What a smoke job says of a machine before the session: facts, measured there by node/facts.py. */
import { z } from 'zod'

export const factsSchema = z.object({
  /** Host name, or the scheduler's name of the node. */
  node: z.string(),
  /** "3.11.7" of the runner's own interpreter. */
  runnerPython: z.string(),
  home: z.string(),
  user: z.string(),
  /** Its clock, milliseconds since 1970. */
  clock: z.number(),
  os: z.string(),
  arch: z.string(),
  cpu: z.string(),
  cores: z.number().int(),
  memoryMb: z.number().int(),
  /** Cards that nvidia-smi lists; empty without. */
  gpus: z.array(z.object({ name: z.string(), driver: z.string().nullable() })),
  /** Free bytes where the root is. */
  freeBytes: z.number(),
  /** What the run's Python says; null where `python` is not found. */
  python: z
    .object({ path: z.string(), version: z.string(), torch: z.string().nullable(), devices: z.number().int() })
    .nullable(),
  /** Best first: what holds there, and why not what does not. */
  sandbox: z
    .object({
      mechanism: z.enum(['bubblewrap', 'namespaces', 'landlock']),
      program: z.string(),
      options: z.array(z.string()),
      holds: z.object({ signals: z.boolean(), processes: z.boolean(), network: z.boolean(), temporary: z.boolean() }),
    })
    .nullable(),
  sandboxWhy: z.array(z.object({ mechanism: z.string(), reason: z.string() })),
  /** The environment of the node, which runs get a part of. Never recorded. */
  env: z.record(z.string(), z.string()),
})
export type Facts = z.infer<typeof factsSchema>
