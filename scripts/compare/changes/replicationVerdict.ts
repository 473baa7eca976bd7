/** Decides whether an effect replicates, from numbers only. Pure. */
import { Z95 } from '../../analysis/search/effects.ts'
import { boundsOf, type Effect, normalQuantile, probabilityOf, scoreOf, type Way } from '../../stats/evidence.ts'

/** An effect as a fraction of the baseline, with the half width of its 95% interval. */
export interface Estimate {
  gain: number
  half: number
}

export interface Pooled {
  gain: number
  interval: [number, number]
}

/**
 * Probabilities of a sum of scores so large without a true effect: of all sides, and of the others without any one. A side
 * is tried because another kept the change, never because another discarded it, so only "better" must hold whatever one
 * side measured.
 */
const REPLICATED_TAILS = { better: { all: 0.05, others: 0.05 }, worse: { all: 0.025, others: 0.25 } }
/** Probability of one of two effects so far in one direction without a true effect. */
const CONTRADICTED_TAIL = 0.025

/**
 * The verdict on one effect per side, each with its own noise.
 *
 * `replicated`, better: the other sides together are significant (5%, one-sided) without any one side, by the sum of their
 * normal scores (Stouffer). With two sides, each must be significant alone. So a kept result, which was selected for being
 * high, never proves itself. Worse: all together are significant (2.5%), and the others point the same way without any one.
 * The scores count the luck of the head that a change was measured against, the selection of a kept change, and the degrees
 * of freedom of σ. `pnpm bench judge --topics replication` measures how often it errs.
 *
 * `contradicted`: two sides are significant in opposite directions, or one side's whole interval is below half of the
 * smallest plausible effect of another. Missing significance alone is not a contradiction: single runs are too noisy.
 * The threshold grows with the number of sides, since with more sides two are more likely to differ by chance.
 *
 * `inconclusive`: everything else. It means that more runs are needed, and says nothing about the change.
 */
export function verdictOf(effects: Effect[]): {
  label: 'replicated' | 'contradicted' | 'inconclusive'
  way: 1 | -1 | 0
} {
  if (effects.length < 2) return { label: 'inconclusive', way: 0 }
  if (contradicts(effects)) return { label: 'contradicted', way: 0 }
  for (const [way, sign] of [
    ['better', 1],
    ['worse', -1],
  ] as const)
    if (holds(effects, way)) return { label: 'replicated', way: sign }
  return { label: 'inconclusive', way: 0 }
}

function holds(effects: Effect[], way: Way): boolean {
  const { all, others } = REPLICATED_TAILS[way]
  const together = total(effects.map(effect => scoreOf(effect, way)))
  if (together <= normalQuantile(1 - all) * Math.sqrt(effects.length)) return false
  // Here the side that was selected is left out, so a keep needs no allowance of its own.
  const scores = effects.map(effect => scoreOf({ ...effect, kept: false }, way))
  const least = normalQuantile(1 - others) * Math.sqrt(scores.length - 1)
  return scores.every(score => total(scores) - score > least)
}

function contradicts(effects: Effect[]): boolean {
  const tail = (2 * CONTRADICTED_TAIL) / effects.length
  const sides = effects.map(effect => {
    const [low, high] = boundsOf(effect, tail)
    const isClear = (way: Way) => probabilityOf(effect, way) < tail
    // The bound nearer to zero; 0 if the effect may be zero.
    const least = isClear('better') ? Math.max(0, low) : isClear('worse') ? Math.min(0, high) : 0
    return { low, high, least }
  })
  return sides.some((own, i) => own.least !== 0 && sides.some((other, j) => j !== i && isAgainst(own.least, other)))
}

/**
 * Whether a side contradicts `own`: significant in the opposite direction, or bounded below half of it without being
 * significant.
 */
function isAgainst(own: number, { least, low, high }: { least: number; low: number; high: number }): boolean {
  if (least !== 0) return least > 0 !== own > 0
  return own > 0 ? high < own / 2 : low > own / 2
}

/** Replaces zero half widths with a tiny one, to keep weights finite. */
function floored(effects: Estimate[]): Estimate[] {
  const least = 1e-9 * Math.max(Number.MIN_VALUE, ...effects.map(({ gain }) => Math.abs(gain)))
  return effects.map(({ gain, half }) => ({ gain, half: Math.max(half, least) }))
}

/**
 * Random-effects mean (DerSimonian and Laird, Controlled Clinical Trials 7, 1986): true effects may differ between
 * machines, and differences beyond the noise widen the interval. null without effects.
 */
export function pool(effects: Estimate[]): Pooled | null {
  const given = floored(effects).map(({ gain, half }) => ({ gain, variance: (half / Z95) ** 2 }))
  if (given.length === 0) return null
  const between = betweenVariance(given)
  const weights = given.map(({ variance }) => 1 / (variance + between))
  const sum = total(weights)
  const gain = total(given.map((e, i) => e.gain * (weights[i] ?? 0))) / sum
  const half = Z95 / Math.sqrt(sum)
  return { gain, interval: [gain - half, gain + half] }
}

/** Variance of the true effects between sides; 0 if noise explains the differences. */
function betweenVariance(given: { gain: number; variance: number }[]): number {
  const weights = given.map(({ variance }) => 1 / variance)
  const sum = total(weights)
  const mean = total(given.map((e, i) => e.gain * (weights[i] ?? 0))) / sum
  const spread = total(given.map((e, i) => (weights[i] ?? 0) * (e.gain - mean) ** 2))
  const scale = sum - total(weights.map(w => w ** 2)) / sum
  return scale > 0 ? Math.max(0, (spread - (given.length - 1)) / scale) : 0
}

const total = (list: number[]): number => list.reduce((sum, value) => sum + value, 0)
