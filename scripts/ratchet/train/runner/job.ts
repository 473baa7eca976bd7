/** What harness and runner tell each other: the job is the runner's input, exit.json its signed result. */
import { z } from 'zod'

/** What a runner is told, on standard input: a pipe leaves no trace that the run could read. */
export interface Job {
  /** Private key that signs what the runner writes. */
  key: string
  /** Passed verbatim to `sh -c`; comes from program.md only. */
  command: string
  cwd: string
  /** Environment of the command. */
  env: Record<string, string>
  log: string
  exit: string
  /** Path of owner.json, in which the runner identifies itself for a later harness; signed. */
  owner: string
  /** Value of NIGHTSHIFT_RUN in the environment of every descendant. */
  mark: string
  timeoutSeconds: number
  /** Frozen files, which are hashed after the run. */
  frozen: {
    folder: string
    /** Hashes before the run, by path. */
    hashes: Record<string, string>
  }
}

export const exitSchema = z.object({
  code: z.number().int().nullable(),
  signal: z.string().nullable(),
  /** From the start of the command until its last process had ended, by the runner's clock. */
  seconds: z.number(),
  /**
   * Why the command did not end on its own; null when it did. `lost`: the runner was ended by something other than the
   * harness, so how the command ended is not known.
   */
  ended: z.enum(['timeout', 'aborted', 'lost']).nullable(),
  /** Processes that outlived the command and were killed. */
  orphans: z.number().int(),
  /** The frozen files after the run, as `checkFrozen` gives them; null where the command failed. */
  frozen: z.object({ digest: z.string(), changed: z.string().nullable() }).nullable(),
})
export type Exit = z.infer<typeof exitSchema>
