/** A knob: a constant that a session changed, with the result of each value. knobs.ts computes it for the digest. */
import { z } from 'zod'
import { statuses } from '../../record/schema.ts'

export const shapes = ['inside', 'edge', 'flat', 'unclear'] as const

export const knobSchema = z.object({
  /** Its name in facts and prose: `name`, with a suffix where several knobs share it; letters, digits, "_.-". */
  id: z.string(),
  file: z.string(),
  name: z.string(),
  /** Its line with the literals blanked, and the index of its literal: together the key across sessions. */
  line: z.string(),
  literalIndex: z.number().int().nonnegative(),
  /** In the order of the verdicts. */
  tries: z.array(
    z.object({
      experiment: z.number().int().nonnegative(),
      /** As written in the source. */
      from: z.string(),
      to: z.string(),
      /** `to` as a number; null where it is not a number. */
      value: z.number().nullable(),
      metric: z.number().nullable(),
      /** Gain over the head at that time, positive is better; null without a metric. */
      gain: z.number().nullable(),
      status: z.enum(statuses),
      /** False where the experiment changed something else too, so that its gain is not this knob's alone. */
      alone: z.boolean(),
    }),
  ),
  /**
   * Where the best value lies among the values tried, by the tries with `alone`. "inside": between others; "edge": at
   * the end of the range; "flat": all scores are within noise; "unclear": fewer than two numbers have a score.
   */
  shape: z.enum(shapes),
  /** The best value as written: by score for "inside" and "edge", else the last kept value, else the first value. */
  best: z.string(),
  /** The value to try next, as source text: beyond an edge, or between the best and its better neighbour; or null. */
  untried: z.string().nullable(),
})
export type Knob = z.infer<typeof knobSchema>
