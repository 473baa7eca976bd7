/** P(real): the probability that a measured gain is real, by empirical Bayes over all of a session's gains. */
import { halfNormal } from './components.ts'
import { chiSquareQuantile } from './distributions.ts'
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

/** Values of σ that the P(real) of pairs is averaged over. */
const sigmas = 6

/**
 * The same for gains that were each measured in pairs, side by side with the head of that moment: each has its own noise,
 * σ·√(2/pairs), and no head's luck is in several of them. Averaged over what σ may be.
 *
 * @param noise σ of one run beside another, and its degrees of freedom
 * @throws {RangeError} on a gain that is not finite or has no pair.
 */
export function probabilitiesOfPairs(
  judged: { gain: number; pairs: number }[],
  { sigma, df }: { sigma: number; df: number },
): number[] {
  if (!judged.every(({ gain, pairs }) => Number.isFinite(gain) && pairs > 0))
    throw new RangeError('P(real) needs finite gains, each of one pair or more.')
  if (sigma === 0) return judged.map(({ gain }) => (gain > 0 ? 1 : 0))
  // df·s²/σ² is chi-square with df degrees of freedom.
  const plausible = Array.from(
    { length: sigmas },
    (_, i) => sigma * Math.sqrt(df / chiSquareQuantile((i + 0.5) / sigmas, df)),
  )
  const found = plausible.map(value => goodShares(judged, value))
  return judged.map((_, i) => Math.min(1, found.reduce((sum, shares) => sum + (shares[i] ?? 0), 0) / sigmas))
}

/** P(real) of each if σ is exactly this: the mixture of effects by expectation-maximisation, as in effects.ts. */
function goodShares(judged: { gain: number; pairs: number }[], sigma: number): number[] {
  const likelihoods = judged.map(({ gain, pairs }) => {
    const clipped = Math.max(-MAX_SIGMAS, Math.min(MAX_SIGMAS, gain / sigma))
    return components.map(component => component.density(clipped, 2 / pairs))
  })
  const imagined = priorCounts.reduce((sum, count) => sum + count, 0)
  let weights = priorCounts.map(count => count / imagined)
  let memberships: number[][] = []
  for (let i = 0, moved = 1; i < 100 && moved > 1e-3; i++) {
    memberships = likelihoods.map(row => {
      const joint = row.map((density, j) => density * (weights[j] as number) + 1e-300)
      const total = joint.reduce((sum, value) => sum + value, 0)
      return joint.map(value => value / total)
    })
    const next = priorCounts.map(
      (count, j) => memberships.reduce((sum, row) => sum + (row[j] as number), count) / (judged.length + imagined),
    )
    moved = Math.max(...next.map((weight, j) => Math.abs(weight - (weights[j] as number))))
    weights = next
  }
  return memberships.map(row => row.slice(0, scales.length).reduce((sum, share) => sum + share, 0))
}
