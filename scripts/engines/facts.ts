/** What a smoke job says of a machine before the session: facts, measured there by node/facts.py. */
import { z } from 'zod'
import { sanitizeText } from '../lib/text.ts'

/** What is shown to people: a candidate may have run on that machine. */
const words = z.string().transform(text => sanitizeText(text, 300))
const path = z.string().max(4096)

export const factsSchema = z.object({
  /** Host name, or the scheduler's name of the node. */
  node: words,
  /** "3.11.7" of the runner's own interpreter. */
  runnerPython: words,
  home: path,
  user: words,
  /** Its clock, milliseconds since 1970. */
  clock: z.number(),
  /** By how many milliseconds it is at least ahead of this machine's clock, negative: behind. Set by who asked; absent: not known. */
  clockApart: z.number().optional(),
  /** "Linux 6.1.0". */
  os: words,
  /** As process.arch has it: "x64". */
  arch: words,
  cpu: words,
  /** Those that a process may use there. */
  cores: z.number().int(),
  memoryMb: z.number().int(),
  /** Cards that nvidia-smi lists; where it lists none, those that torch names. */
  gpus: z.array(z.object({ name: words, driver: words.nullable() })),
  /** Free bytes where the root is. */
  freeBytes: z.number(),
  /** Why the session cannot write to the root; null where it can. */
  rootError: words.nullable(),
  /** Whether the root is the harness's own folder, by a file that the harness made in it; null: it made none. */
  isShared: z.boolean().nullable(),
  /** Of the paths that the session needs there, those that cannot be read. */
  missing: z.array(words),
  /** Folder that comes first in the PATH of runs: where the option `python` leads; null without it. */
  pythonFolder: path.nullable(),
  /** What `python` is for a run; null where it would find none. */
  python: z
    .object({
      path,
      /** Whether it lies in `pythonFolder`, if there is one. */
      isNamed: z.boolean(),
      /** null where it does not work. */
      version: words.nullable(),
      /** What it and its packages lie in. */
      folders: z.array(path),
      torch: words.nullable(),
      /** GPUs that torch sees; 0 without torch. */
      devices: z.number().int(),
      /** Why there is no torch, or it cannot say its GPUs: the last line of the error; else null. */
      why: words.nullable(),
    })
    .nullable(),
  /** Best first: what holds there, and why not what does not. */
  sandbox: z
    .object({
      mechanism: z.enum(['bubblewrap', 'namespaces', 'landlock']),
      program: path,
      options: z.array(path),
      holds: z.object({ signals: z.boolean(), processes: z.boolean(), network: z.boolean(), temporary: z.boolean() }),
    })
    .nullable(),
  sandboxWhy: z.array(z.object({ mechanism: z.enum(['bubblewrap', 'namespaces', 'landlock']), reason: words })),
  /** The environment of the node, which runs get a part of. Never recorded. */
  env: z.record(z.string(), z.string()),
})
export type Facts = z.infer<typeof factsSchema>
