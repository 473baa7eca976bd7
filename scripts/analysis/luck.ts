/** What luck alone would have made of a session, and what is assumed of the noise where no code was run twice. Pure. */
import { z } from 'zod'
import type { Experiment, Noise } from '../record/schema.ts'
import { chiSquareQuantile } from '../stats/distributions.ts'

/** σ where the session itself does not show it. */
export const assumptionSchema = z.object({
  sigma: z.number().positive(),
  /** `descriptions`: two runs that by their description differ in the seed alone. `baseline`: a share of the baseline's value. */
  basis: z.enum(['descriptions', 'baseline']),
  /** The rows it came from. */
  experiments: z.array(z.number().int().nonnegative()),
})
export type Assumption = z.infer<typeof assumptionSchema>

/** Of the metric: what karpathy's trainer shows between two seeds, 0.0005 at 0.97. For want of anything better. */
const RELATIVE_SIGMA = 0.0005

/** null where σ was measured, or there is no baseline to take a share of. */
export function assumeNoise(experiments: Experiment[], noise: Noise | null): Assumption | null {
  if (noise !== null) return null
  const pairs = experiments.flatMap((e, i) => {
    const best = experiments.slice(0, i).findLast(other => other.status === 'keep' && other.metric !== null)
    if (e.metric === null || e.number === 0 || !best || !changesSeedOnly.test(e.description.slice(0, 200).trim()))
      return []
    return [{ numbers: [best.number, e.number], difference: e.metric - (best.metric as number) }]
  })
  const square = pairs.reduce((sum, { difference }) => sum + difference ** 2, 0) / Math.max(1, pairs.length)
  // A difference of two runs has twice the variance of one.
  if (square > 0)
    return {
      sigma: Math.sqrt(square / 2),
      basis: 'descriptions',
      experiments: [...new Set(pairs.flatMap(p => p.numbers))],
    }
  const baseline = experiments.find(e => e.number === 0)?.metric
  return baseline ? { sigma: Math.abs(baseline) * RELATIVE_SIGMA, basis: 'baseline', experiments: [0] } : null
}

/** "random seed 42 to 137", "seed 1 → 2", "rerun with another seed": nothing else is said to change. */
const changesSeedOnly =
  /^(?:(?:change|try|set|use|re-?run|with|random|rng|torch|another|different|new)\s+)*seed\b[\s\d=:→>–-]*(?:to|was)?\s*[\s\d→>-]*(?:\([^)]*\))?\.?$/i

/**
 * Gain that a session of changes without any effect would have claimed: how much better than one run of the baseline the
 * best of so many runs of it is, on average. null without σ, and where nothing was judged.
 */
export function nullGainOf(experiments: Experiment[], sigma: number | null): number | null {
  const n = experiments.filter(e => e.metric !== null).length
  if (sigma === null || n < 2) return null
  // Blom (1958): the mean of the largest of n normal values is about this quantile, good to a hundredth of σ.
  const p = (n - 0.375) / (n + 0.25)
  // A normal value squared is chi-square with one degree of freedom.
  return sigma * Math.sqrt(chiSquareQuantile(2 * p - 1, 1))
}
