/** The files between harness and runner: job.json is the runner's input, exit.json its result. */
import { z } from 'zod'

export const jobSchema = z.object({
  /** Passed verbatim to `sh -c`; comes from program.md only. */
  command: z.string(),
  cwd: z.string(),
  log: z.string(),
  exit: z.string(),
  /** Path of owner.json, in which the runner identifies itself for a later harness. */
  owner: z.string(),
  /** Value of NIGHTSHIFT_RUN in the environment of every descendant. */
  mark: z.string(),
  timeoutSeconds: z.number().positive(),
})
export type Job = z.infer<typeof jobSchema>

export const exitSchema = z.object({
  code: z.number().int().nullable(),
  signal: z.string().nullable(),
  seconds: z.number(),
  /** Why the runner ended the command; null when the command exited on its own. */
  ended: z.enum(['timeout', 'aborted']).nullable(),
  /** Processes that outlived the command and were killed; missing in files of earlier versions. */
  orphans: z.number().int().optional(),
})
export type Exit = z.infer<typeof exitSchema>
