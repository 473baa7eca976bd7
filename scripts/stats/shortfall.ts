/**
 * How far a measured gain may fall short of a promised one by chance alone. A sum of gains that a session chose is too large
 * on average, because the lucky ones were kept; so what chance explains includes that choice.
 */
import { type KnownNoise, plausibleSigmas } from './noise.ts'
import { createRandom } from './random.ts'

/** The errors of promise and measurement, as standard deviations in units of σ. Independent of one another. */
export interface GainErrors {
  /** Of each gain that the session might have chosen, the chosen ones included. */
  candidates: number[]
  /** How many of them the promise adds up. */
  chosen: number
  /** Errors that nobody chose: of the heads that the gains were measured against, and of the runs that measured. */
  others: number[]
}

/** One time in 40 chance alone explains more. */
const CONFIDENCE = 0.975
const DRAWS = 4000

/**
 * The shortfall that chance exceeds in at most one case of 40, in the metric's unit. An upper bound: whatever the session
 * chose by, the errors of its choice add up to no more than the largest ones of all.
 */
export function chanceShortfall(noise: KnownNoise, { candidates, chosen, others }: GainErrors): number {
  if (noise.sigma === 0) return 0
  const random = createRandom(20261128)
  const sigmas = plausibleSigmas(noise)
  const spread = Math.sqrt(others.reduce((sum, sd) => sum + sd ** 2, 0))
  const draws = Array.from({ length: DRAWS }, (_, i) => {
    const errors = Float64Array.from(candidates, sd => -sd * random.normal()).sort()
    let sum = spread * random.normal()
    for (let j = 0; j < Math.min(chosen, errors.length); j++) sum -= errors[j] as number
    return sum * (sigmas[i % sigmas.length] as number)
  })
  return draws.sort((a, b) => a - b)[Math.floor(CONFIDENCE * DRAWS)] as number
}
