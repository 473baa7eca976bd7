/** exit.json, a runner's signed result. */
import { z } from 'zod'

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
