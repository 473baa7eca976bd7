/** How likely it is that a measured gain is real: empirical Bayes over all of a session's gains. */
import { halfNormal } from './components.ts'
import { fitEffects, type Measured } from './effects.ts'

/**
 * Good and bad effects are each a mixture of half-normals around zero, from too small to see (0.15σ) to plain. That is
 * the family of Stephens (2017), False discovery rates: a new deal, Biostatistics 18(2), with its sides fitted apart:
 * most changes are a little bad, some very bad, a few good.
 */
const scales = [0.15, 0.4, 1, 2.5, 6, 16, 40]
const components = [...scales.map(scale => halfNormal(1, scale)), ...scales.map(scale => halfNormal(-1, scale))]
/** Imaginary experiments, so that a session of three is not believed too much: 10.5 in all, a third of them good. */
const priorCounts = [...scales.map(() => 0.5), ...scales.map(() => 1)]
/** Gains beyond this many σ are plain either way; 2 bits/byte lost by a broken model must not stretch the grid. */
const MAX_SIGMAS = 40

/**
 * Probability that each judged experiment's true gain is above zero, the luck of the best that it was judged against
 * counted in.
 *
 * @param judged Experiments with a metric in the order of the session, the baseline left out. `gain` is measured against
 * the best of the moment, positive is better; `runs` is how many runs the candidate's value is the mean of.
 * @param sigma Standard deviation of one run, in the metric's unit; taken as known.
 * @returns null for each without σ; with σ = 0 a gain is what it is, so 1 or 0.
 * @throws {RangeError} on a gain that is not finite or has no run.
 */
export function probabilitiesReal(
  judged: { gain: number; runs: number; kept: boolean }[],
  sigma: number | null,
): (number | null)[] {
  if (!judged.every(({ gain, runs }) => Number.isFinite(gain) && runs > 0))
    throw new RangeError('A chance needs finite gains, each of one run or more.')
  if (sigma === null) return judged.map(() => null)
  if (sigma === 0) return judged.map(({ gain }) => (gain > 0 ? 1 : 0))
  const session: Measured[] = judged.map(({ gain, runs, kept }) => ({
    gain: Math.max(-MAX_SIGMAS, Math.min(MAX_SIGMAS, gain / sigma)),
    runs,
    kept,
  }))
  const { memberships } = fitEffects(session, components, priorCounts)
  return memberships.map(shares =>
    Math.min(
      1,
      shares.subarray(0, scales.length).reduce((sum, share) => sum + share, 0),
    ),
  )
}
