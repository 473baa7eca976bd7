/** A constant that a session moved, with what its values scored: as knobs.ts finds it and the digest holds it. */
import { z } from 'zod'
import { statuses } from '../../record/schema.ts'

export const shapes = ['inside', 'edge', 'flat', 'unclear'] as const

export const knobSchema = z.object({
  /** What facts and prose call it: the name, with what tells it from others of that name; letters, digits, "_.-". */
  id: z.string(),
  file: z.string(),
  name: z.string(),
  /** Its line with the literals blanked, and which of them it is: what other sessions are compared by. */
  line: z.string(),
  literalIndex: z.number().int().nonnegative(),
  /** In the order of the verdicts. */
  tries: z.array(
    z.object({
      experiment: z.number().int().nonnegative(),
      /** As written in the source. */
      from: z.string(),
      to: z.string(),
      /** Of `to`; null where it is no number. */
      value: z.number().nullable(),
      metric: z.number().nullable(),
      /** Against the best it was made on; null when nothing was measured. */
      gain: z.number().nullable(),
      status: z.enum(statuses),
      /** False where the same experiment moved something else too: its gain is not this knob's. */
      alone: z.boolean(),
    }),
  ),
  /**
   * Where the best of the values lies, by the tries that moved this alone: between others, at the end of those tried,
   * nowhere (all within noise); "unclear" without two measured numbers.
   */
  shape: z.enum(shapes),
  /** The best value as written: by score where there is a shape, else the last one kept, else the first one. */
  best: z.string(),
  /** The value to try next, as source text: beyond an edge, between the best and its better neighbour. null: none. */
  untried: z.string().nullable(),
})
export type Knob = z.infer<typeof knobSchema>
