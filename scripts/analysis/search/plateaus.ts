/** Plateaus: stretches of a session without a keep. Pure. */
import { z } from 'zod'
import type { Experiment } from '../../record/schema.ts'

export const plateauSchema = z.object({
  /** First and last experiment of the stretch, by number. */
  from: z.number().int().nonnegative(),
  to: z.number().int().nonnegative(),
  experiments: z.number().int(),
  /** Wall time from first start to last end; null where the records have no times. */
  seconds: z.number().nullable(),
  /** Number of experiments whose prompt asked for a larger step. */
  bold: z.number().int(),
})
export type Plateau = z.infer<typeof plateauSchema>

/** Shorter stretches are common: if one change in six is kept, about half of the gaps are four or longer. */
const MIN_PLATEAU = 10

/** Plateaus of `MIN_PLATEAU` experiments or more, longest first. @param experiments in the order of their verdicts */
export function plateaus(experiments: Experiment[]): Plateau[] {
  const stretches: Experiment[][] = [[]]
  for (const e of experiments)
    if (e.status === 'keep') stretches.push([])
    else stretches.at(-1)?.push(e)
  return stretches
    .filter(stretch => stretch.length >= MIN_PLATEAU)
    .map(stretch => {
      const [first, last] = [stretch[0] as Experiment, stretch.at(-1) as Experiment]
      const known = first.startedAt !== null && last.endedAt !== null
      return {
        from: first.number,
        to: last.number,
        experiments: stretch.length,
        seconds: known
          ? Math.max(0, (Date.parse(last.endedAt ?? '') - Date.parse(first.startedAt ?? '')) / 1000)
          : null,
        bold: stretch.filter(e => 'bold' in e && e.bold === true).length,
      }
    })
    .sort((a, b) => b.experiments - a.experiments || a.from - b.from)
}
