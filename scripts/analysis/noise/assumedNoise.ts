/** The σ assumed where no code was run twice. Pure. */
import { median } from 'simple-statistics'
import { z } from 'zod'
import type { Experiment, Noise } from '../../record/schema.ts'
import { headOf } from '../../record/state.ts'
import type { KnownNoise } from '../../stats/noise.ts'

/** An assumed σ, for a session without repeats. */
export const assumptionSchema = z.object({
  sigma: z.number().positive(),
  /** `descriptions`: from runs that differ only in the seed, by their descriptions. `baseline`: a share of the baseline's value. */
  basis: z.enum(['descriptions', 'baseline']),
  /** The experiments that it was computed from. */
  experiments: z.array(z.number().int().nonnegative()),
  /** Pairs of runs that it was computed from; 0 for a share of the baseline. */
  pairs: z.number().int().nonnegative(),
})
export type Assumption = z.infer<typeof assumptionSchema>

/** σ as a share of the metric: karpathy/autoresearch's trainer has about 0.0005 at 0.97. A rough default. */
const RELATIVE_SIGMA = 0.0005
/** The share means something only where the typical change moves the metric by less than this share of it. */
const RELATIVE_CHANGE = 0.5

/** null where σ was measured, or nothing tells its size: then σ is unknown. */
export function assumeNoise(experiments: Experiment[], noise: Noise | null): Assumption | null {
  if (noise !== null) return null
  const pairs = experiments.flatMap((e, i) => {
    const head = headOf({ experiments: experiments.slice(0, i).filter(other => other.metric !== null) })
    if (e.metric === null || e.number === 0 || !head || !changesSeedOnly.test(e.description.slice(0, 200).trim()))
      return []
    return [{ numbers: [head.number, e.number], difference: e.metric - (head.metric as number) }]
  })
  const square = pairs.reduce((sum, { difference }) => sum + difference ** 2, 0) / Math.max(1, pairs.length)
  // A difference of two runs has twice the variance of one.
  if (square > 0)
    return {
      sigma: Math.sqrt(square / 2),
      basis: 'descriptions',
      experiments: [...new Set(pairs.flatMap(p => p.numbers))],
      pairs: pairs.length,
    }
  const baseline = experiments.find(e => e.number === 0)?.metric ?? null
  return baseline !== null && isFarFromZero(baseline, experiments)
    ? { sigma: Math.abs(baseline) * RELATIVE_SIGMA, basis: 'baseline', experiments: [0], pairs: 0 }
    : null
}

/**
 * Whether the metric's zero is far from the values of the session. A share of a baseline near zero, of a difference or of
 * a reward that may have either sign, says nothing of its noise, and would make every difference look plain.
 */
function isFarFromZero(baseline: number, experiments: Experiment[]): boolean {
  const values = experiments.flatMap(e => (e.number === 0 || e.metric === null ? [] : [e.metric]))
  if (baseline === 0 || values.some(value => value !== 0 && Math.sign(value) !== Math.sign(baseline))) return false
  const moved = values.map(value => Math.abs(value - baseline))
  return moved.length === 0 || median(moved) <= RELATIVE_CHANGE * Math.abs(baseline)
}

/** Matches descriptions of changes to the seed alone: "random seed 42 to 137", "seed 1 → 2", "rerun with another seed". */
const changesSeedOnly =
  /^(?:(?:change|try|set|use|re-?run|with|random|rng|torch|another|different|new)\s+)*seed\b[\s\d=:→>–-]*(?:to|was)?\s*[\s\d→>-]*(?:\([^)]*\))?\.?$/i

/**
 * The noise that changes of a session are judged by where its digest speaks of the search: the measured one, else that by
 * runs that differ only in the seed, by their descriptions. A pair of them gives one degree of freedom. Other assumptions
 * are too weak for it.
 */
export function searchNoise({ noise, assumed }: SearchNoise): KnownNoise | null {
  if (noise !== null || assumed?.basis !== 'descriptions') return noise
  return { sigma: assumed.sigma, df: assumed.pairs }
}
interface SearchNoise {
  noise: KnownNoise | null
  assumed: Assumption | null
}
