/** P(real): the probability that a measured gain is real, by empirical Bayes over all of a session's gains. */
import { halfNormal } from './components.ts'
import { fitEffects, type Measured, tabulate } from './effects.ts'
import { type KnownNoise, plausibleSigmas } from './noise.ts'

export type { Measured } from './effects.ts'

/**
 * The prior of the effects: mixtures of half-normals on either side of zero, with scales from 0.15σ to 40σ. After Stephens
 * (2017), False discovery rates: a new deal, Biostatistics 18(2), with the two sides fitted separately: most changes are
 * slightly worse, some much worse, a few better.
 */
const scales = [0.15, 0.4, 1, 2.5, 6, 16, 40]
const components = [...scales.map(scale => halfNormal(1, scale)), ...scales.map(scale => halfNormal(-1, scale))]
const tables = tabulate(components)
/** Pseudo-observations of each component, which keep short sessions from overfitting: 10.5 in all, a third of them good. */
const priorCounts = [...scales.map(() => 0.5), ...scales.map(() => 1)]
/** Gains are clipped to this many σ, so that a broken model (2 bits/byte worse) does not stretch the grid. */
const MAX_SIGMAS = 40
/** The means of more runs than this count as of this many: their noise is below the grid of luck. */
const MAX_RUNS = 50
/**
 * Probability that each judged experiment's true gain is above zero, allowing for the noise of the head that it was
 * measured against, and averaged over what σ may be.
 *
 * A tree that is run again is known by the mean of all its runs: that mean holds all that the runs say about the tree, and
 * whatever made the loop run it again (a verdict, an idle slot) is itself in the data. So `gain` is the difference of the
 * means of all runs so far, not that of the verdict.
 *
 * @param judged Experiments with a metric, in order, without the baseline; gains in the metric's unit, positive is better.
 * @param noise null where no σ is known.
 * @returns null for each without σ; 1 or 0 with σ = 0.
 * @throws {RangeError} on a gain that is not finite or has no run.
 */
export function probabilitiesReal(judged: Measured[], noise: KnownNoise | null): (number | null)[] {
  if (!judged.every(({ gain, runs, head }) => Number.isFinite(gain) && runs > 0 && head.runs > 0))
    throw new RangeError('P(real) needs finite gains, each of one run or more.')
  if (noise === null) return judged.map(() => null)
  if (noise.sigma === 0) return judged.map(({ gain }) => (gain > 0 ? 1 : 0))
  const sigmas = plausibleSigmas(noise)
  const sums = new Float64Array(judged.length)
  let start: Float64Array | undefined
  for (const sigma of sigmas) {
    const { weights, memberships } = fitEffects(inSigmas(judged, sigma), tables, priorCounts, { start })
    start = weights
    memberships.forEach((shares, i) => {
      for (let j = 0; j < scales.length; j++) sums[i] = (sums[i] ?? 0) + (shares[j] ?? 0)
    })
  }
  return Array.from(sums, sum => Math.min(1, sum / sigmas.length))
}

/** Gains in σ, clipped. */
function inSigmas(judged: Measured[], sigma: number): Measured[] {
  const clip = (gain: number) => Math.max(-MAX_SIGMAS, Math.min(MAX_SIGMAS, gain / sigma))
  const cap = (head: { number: number; runs: number }) => ({ ...head, runs: Math.min(MAX_RUNS, head.runs) })
  return judged.map(({ earlier = [], ...one }) => ({
    ...one,
    gain: clip(one.gain),
    runs: Math.min(MAX_RUNS, one.runs),
    head: cap(one.head),
    earlier: earlier.map(({ gain, head }) => ({ gain: clip(gain), head: cap(head) })),
  }))
}
