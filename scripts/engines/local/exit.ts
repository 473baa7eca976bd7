/** exit.json, a runner's signed result. */
import { z } from 'zod'

/** How an evaluator ended, and what it left. */
const evaluatedSchema = z.object({
  code: z.number().int().nullable(),
  signal: z.string().nullable(),
  /** `timeout`: it was killed, because the run had ended long before or was stopped. */
  ended: z.enum(['timeout']).nullable(),
  /** Text of NIGHTSHIFT_EVAL; null where there is no file that can be read. */
  content: z.string().nullable(),
  /** What lies in the place of that file, after "it is"; else null. */
  unreadable: z.string().nullable(),
  /** The end of its output. */
  said: z.string(),
  /** Why it was not started, or does not count, after "not evaluated: "; else null. */
  refused: z.string().nullable(),
})
export type Evaluated = z.infer<typeof evaluatedSchema>

export const exitSchema = z.object({
  code: z.number().int().nullable(),
  signal: z.string().nullable(),
  /** From the start of the command until its last process had ended, by the runner's clock. */
  seconds: z.number(),
  /**
   * Why the command did not end on its own; null when it did. `lost`: the runner was ended by something other than the
   * harness, so how the command ended is not known. `evaluator`: it had failed, so that nobody listened.
   */
  ended: z.enum(['timeout', 'aborted', 'lost', 'evaluator']).nullable(),
  /** Processes that outlived the command and were killed. */
  orphans: z.number().int(),
  /** The frozen files after the run, as `checkFrozen` gives them; null where the command failed. */
  frozen: z.object({ digest: z.string(), changed: z.string().nullable() }).nullable(),
  /** What the evaluator outside of the run said; null without one, absent in files of earlier versions. */
  evaluated: evaluatedSchema.nullable().optional(),
})
export type Exit = z.infer<typeof exitSchema>
