/** A knob: a constant that a session changed, with the result of each value. knobs.ts computes it for the digest. */
import { z } from 'zod'
import { statuses } from '../../record/schema.ts'
import { list } from '../numbers.ts'

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
      /** False where the experiment changed something else too, or may have, so that its gain is not this knob's alone. */
      alone: z.boolean(),
      /** How the step is known: without a diff, from the experiment's description. */
      by: z.enum(['diff', 'description']).default('diff'),
      /** Number of runs that its metric is the mean of. */
      runs: z.number().int().positive().default(1),
      /** The head that the gain is over, and the number of runs of its value at that time; null where not known. */
      head: z
        .object({ experiment: z.number().int().nonnegative(), runs: z.number().int().positive() })
        .nullable()
        .default(null),
      /** Whether these runs of the head were made for this try alone, beside it. */
      beside: z.boolean().default(false),
    }),
  ),
  /** Experiments without a diff that may have tried any other value, as far as their descriptions can be read. */
  unread: z.array(z.number().int().nonnegative()).default([]),
  /** Experiments with a metric up to the last try, the baseline included: heads were picked among them. */
  measured: z.number().int().nonnegative().default(0),
  /**
   * Where the best value lies among the values tried, by the tries with `alone`. "inside": both ends of the range are worse
   * than another value by more than noise; "edge": all values but one end are, and no value beyond it was tried in any
   * way; "flat": no value is; "unclear": σ is not known or rests on a single pair of runs, fewer than two numbers have a score, an end is as likely the best
   * as a value inside, or values beyond the best end were tried only with other changes or without a result.
   */
  shape: z.enum(shapes),
  /** The best value as written: by score for "inside" and "edge"; else the last kept value, unless others beat it. */
  best: z.string(),
  /**
   * The values tried that may be the best, as written, in order: no other is better by more than noise (90%, all pairs of
   * values together). Empty where no two values can be compared.
   */
  bestSet: z.array(z.string()).default([]),
  /**
   * The value to try next, as source text: beyond an edge, or between the best and its better neighbour. null without a
   * shape, and where it was tried, or an experiment without a diff may have tried it.
   */
  untried: z.string().nullable(),
})
export type Knob = z.infer<typeof knobSchema>

/** Where the best value lies, in words: of a knob as facts, pages and prompt show it. */
export const shapeTexts: Record<Knob['shape'], string> = {
  inside: 'best inside the range',
  edge: 'best at the edge of the range',
  flat: 'no effect above noise',
  unclear: 'not clear',
}

/** Whether some value tried is worse than another by more than noise, so that a best one can be spoken of. */
export const hasBest = ({ shape, bestSet }: Pick<Knob, 'shape' | 'bestSet'>): boolean =>
  shape !== 'flat' && bestSet.length > 0

/** The values that cannot be told apart from the best. */
export const asGood = ({ best, bestSet }: Pick<Knob, 'best' | 'bestSet'>): string[] =>
  bestSet.filter(raw => raw !== best)

/** The best value with those that may be as good: "0.04; 0.03 and 0.06 cannot be told apart from it". */
export function bestText(knob: Pick<Knob, 'best' | 'bestSet'>): string {
  const others = asGood(knob)
  return others.length === 0 ? knob.best : `${knob.best}; ${list(others)} cannot be told apart from it`
}
