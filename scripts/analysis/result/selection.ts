/** The gain that selection alone explains: what a session whose changes have no effect would show. Pure. */
import { z } from 'zod'
import type { Experiment, Noise } from '../../record/schema.ts'
import { chiSquareQuantile } from '../../stats/distributions.ts'

/** That gain, with the interval that σ's own 95% interval gives it. */
export const nullGainSchema = z.object({ gain: z.number(), interval: z.tuple([z.number(), z.number()]).nullable() })
export type NullGain = z.infer<typeof nullGainSchema>

/**
 * The expected gain of the best single run in a session whose changes have no effect: how much the best of n baseline runs
 * exceeds the mean. It is a multiple of σ, so it is known as well as σ is.
 *
 * @param noise σ; `interval` null where it is assumed or 0
 * @returns null without σ, and with fewer than two measured experiments
 */
export function nullGainOf(
  experiments: Experiment[],
  noise: Pick<Noise, 'sigma' | 'interval'> | null,
): NullGain | null {
  const n = experiments.filter(e => e.metric !== null).length
  if (noise === null || n < 2) return null
  const sigmas = expectedMaximum(n)
  const interval: [number, number] | null = noise.interval && [sigmas * noise.interval[0], sigmas * noise.interval[1]]
  return { gain: sigmas * noise.sigma, interval }
}

/**
 * The same for a paired session, whose best is the sum of the kept gains: of changes without effect half are kept, each
 * with the mean of the positive half of its noise. Pairs were left out only of clear losses, so each has as many as the
 * fullest. null without σ or experiments.
 */
export function nullGainOfPairs(groups: number[][], noise: Pick<Noise, 'sigma' | 'interval'> | null): NullGain | null {
  if (noise === null || groups.length === 0) return null
  const most = Math.max(...groups.map(group => group.length))
  const sigmas = (groups.length * Math.sqrt(2 / most)) / Math.sqrt(2 * Math.PI)
  const interval: [number, number] | null = noise.interval && [sigmas * noise.interval[0], sigmas * noise.interval[1]]
  return { gain: sigmas * noise.sigma, interval }
}

/** Of n normal values with standard deviation 1. Blom (1958): about this quantile, good to a hundredth. */
function expectedMaximum(n: number): number {
  const p = (n - 0.375) / (n + 0.25)
  // A normal value squared is chi-square with one degree of freedom.
  return Math.sqrt(chiSquareQuantile(2 * p - 1, 1))
}
