/** The gain that a session without any effect would show, and the σ assumed where no code was run twice. Pure. */
import { z } from 'zod'
import type { Experiment, Noise } from '../record/schema.ts'
import { chiSquareQuantile } from '../stats/distributions.ts'

/** An assumed σ, for a session without repeats. */
export const assumptionSchema = z.object({
  sigma: z.number().positive(),
  /** `descriptions`: from runs that differ only in the seed, by their descriptions. `baseline`: a share of the baseline's value. */
  basis: z.enum(['descriptions', 'baseline']),
  /** The experiments that it was computed from. */
  experiments: z.array(z.number().int().nonnegative()),
})
export type Assumption = z.infer<typeof assumptionSchema>

/** σ as a share of the metric: karpathy/autoresearch's trainer has about 0.0005 at 0.97. A rough default. */
const RELATIVE_SIGMA = 0.0005

/** null where σ was measured, or the baseline has no value. */
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

/** Matches descriptions of changes to the seed alone: "random seed 42 to 137", "seed 1 → 2", "rerun with another seed". */
const changesSeedOnly =
  /^(?:(?:change|try|set|use|re-?run|with|random|rng|torch|another|different|new)\s+)*seed\b[\s\d=:→>–-]*(?:to|was)?\s*[\s\d→>-]*(?:\([^)]*\))?\.?$/i

/**
 * The same for a paired session, whose claim is the sum of the kept gains: of changes without effect half are kept, each
 * with the mean of the positive half of its noise. null without σ or experiments.
 */
export function nullGainOfPairs(groups: number[][], sigma: number | null): number | null {
  if (sigma === null || groups.length === 0) return null
  return groups.reduce((sum, group) => sum + (sigma * Math.sqrt(2 / group.length)) / Math.sqrt(2 * Math.PI), 0)
}

/**
 * The expected gain of the best single run in a session whose changes have no effect: how much the best of n baseline runs
 * exceeds the mean. null without σ, and with fewer than two measured experiments.
 */
export function nullGainOf(experiments: Experiment[], sigma: number | null): number | null {
  const n = experiments.filter(e => e.metric !== null).length
  if (sigma === null || n < 2) return null
  // Blom (1958): the mean of the largest of n normal values is about this quantile, good to a hundredth of σ.
  const p = (n - 0.375) / (n + 0.25)
  // A normal value squared is chi-square with one degree of freedom.
  return sigma * Math.sqrt(chiSquareQuantile(2 * p - 1, 1))
}
