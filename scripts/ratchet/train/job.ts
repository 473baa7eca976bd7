/** What the harness tells a runner, and what the runner leaves: two files, job.json and exit.json. */
import { z } from 'zod'

export const jobSchema = z.object({
  /** Goes verbatim to `sh -c`; from program.md alone. */
  command: z.string(),
  cwd: z.string(),
  log: z.string(),
  exit: z.string(),
  /** Where it says who it is, so that a later harness finds it. */
  owner: z.string(),
  /** Carried by every descendant as NIGHTSHIFT_RUN. */
  mark: z.string(),
  timeoutSeconds: z.number().positive(),
})
export type Job = z.infer<typeof jobSchema>

export const exitSchema = z.object({
  code: z.number().int().nullable(),
  signal: z.string().nullable(),
  seconds: z.number(),
  /** Why it was ended from outside; null when it ended by itself. */
  ended: z.enum(['timeout', 'aborted']).nullable(),
  /** Processes that outlived the command and were killed. */
  strays: z.number().int(),
})
export type Exit = z.infer<typeof exitSchema>
