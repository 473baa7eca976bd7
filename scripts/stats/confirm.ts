/** The gain on unused seeds: baseline and tip run again, the number that a report leads with. */
import { mean } from 'simple-statistics'
import { change } from '../lib/format.ts'
import type { Confirmed } from '../report/schema.ts'
import { studentQuantile } from './distributions.ts'
import { pooledVariance, roundingVariance } from './noise.ts'

interface Pairs {
  baseline: number[]
  tip: number[]
}

/**
 * Gain of the means with its 95% t interval. The variance pools the confirm runs' own repeats with the night's σ, by
 * degrees of freedom.
 *
 * @param runs Metrics of the confirm runs, at least one each; none of them may have been seen in the night.
 * @param noise The night's estimate, made without the confirm runs: each run is counted once, in one or the other.
 * @throws {RangeError} on a run that is missing or not finite, and when one run each comes without a noise estimate:
 * there is no interval then, and no confirmed gain.
 */
export function confirmGain(
  runs: Pairs,
  goal: 'minimize' | 'maximize',
  noise: { sigma: number; df: number } | null,
): Confirmed {
  const groups = [runs.baseline, runs.tip]
  if (groups.some(group => group.length === 0) || !groups.flat().every(Number.isFinite))
    throw new RangeError('A gain is confirmed from at least one finite run of the baseline and one of the tip.')
  const own = pooledVariance(groups)
  const df = own.df + (noise?.df ?? 0)
  if (df === 0) throw new RangeError('One run each and no noise estimate: the gain has no interval.')

  const pooled = (own.df * own.variance + (noise ? noise.df * noise.sigma ** 2 : 0)) / df
  const variance = Math.max(pooled, roundingVariance(groups))
  const [baseline, tip] = [mean(runs.baseline), mean(runs.tip)]
  // `change` turns the sign where the goal is to minimise; + 0 makes −0 plain.
  const gain = change(tip - baseline, goal) + 0
  const half = studentQuantile(0.975, df) * Math.sqrt(variance * (1 / runs.baseline.length + 1 / runs.tip.length))
  return {
    gain,
    interval: [gain - half, gain + half],
    baseline,
    tip,
    seeds: Math.min(runs.baseline.length, runs.tip.length),
    verdict: gain - half > 0 ? 'better' : gain + half < 0 ? 'worse' : 'undecided',
  }
}

/**
 * The same on the holdout, whose noise the loop never measured and which need not be that of the val metric: only its
 * own confirm runs speak, so two seeds each make a wide interval (t of 4.30) that is honest.
 *
 * @returns null where neither tree has two runs, since nothing bounds the noise then.
 */
export function confirmedHoldout(runs: Pairs, goal: 'minimize' | 'maximize'): Confirmed | null {
  if (runs.baseline.length === 0 || runs.tip.length === 0) return null
  return pooledVariance([runs.baseline, runs.tip]).df === 0 ? null : confirmGain(runs, goal, null)
}
