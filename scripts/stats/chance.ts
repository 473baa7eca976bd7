/** P(real): the probability that a measured gain is real, by empirical Bayes over all of a session's gains. */
import { halfNormal } from './components.ts'
import { fitEffects, type Measured } from './effects.ts'

/**
 * The prior of the effects: mixtures of half-normals on either side of zero, with scales from 0.15σ to 40σ. After Stephens
 * (2017), False discovery rates: a new deal, Biostatistics 18(2), with the two sides fitted separately: most changes are
 * slightly worse, some much worse, a few better.
 */
const scales = [0.15, 0.4, 1, 2.5, 6, 16, 40]
const components = [...scales.map(scale => halfNormal(1, scale)), ...scales.map(scale => halfNormal(-1, scale))]
/** Pseudo-observations of each component, which keep short sessions from overfitting: 10.5 in all, a third of them good. */
const priorCounts = [...scales.map(() => 0.5), ...scales.map(() => 1)]
/** Gains are clipped to this many σ, so that a broken model (2 bits/byte worse) does not stretch the grid. */
const MAX_SIGMAS = 40

/**
 * Probability that each judged experiment's true gain is above zero, allowing for the noise of the head that it was judged
 * against.
 *
 * @param judged Experiments with a metric, in order, without the baseline. `gain` is over the head at that time, positive is
 * better; `runs` is the number of runs that the candidate's value is the mean of.
 * @param sigma Standard deviation of one run, in the metric's unit; treated as exact.
 * @returns null for each without σ; 1 or 0 with σ = 0.
 * @throws {RangeError} on a gain that is not finite or has no run.
 */
export function probabilitiesReal(
  judged: { gain: number; runs: number; kept: boolean }[],
  sigma: number | null,
): (number | null)[] {
  if (!judged.every(({ gain, runs }) => Number.isFinite(gain) && runs > 0))
    throw new RangeError('P(real) needs finite gains, each of one run or more.')
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
