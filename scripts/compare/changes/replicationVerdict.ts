/** Decides whether an effect replicates, from numbers only. Pure. */

/** An effect as a fraction of the baseline, with the half width of its 95% interval. */
export interface Effect {
  gain: number
  half: number
}

export interface Pooled {
  gain: number
  interval: [number, number]
}

/** The 97.5% quantile of the standard normal distribution. */
export const z95 = 1.96

/**
 * The verdict on one effect per side, each with its own noise.
 *
 * `replicated`: pooled without any one side, the effect is still significant (95%) and in the same direction. With two
 * sides, each must be significant alone. So a kept result, which was selected for being high, never proves itself; the
 * other sides were not selected with it. In simulations without a true effect, one in forty is called replicated if one
 * side was selected, and without selection one in a thousand for two sides and one in a hundred for ten. An effect of
 * four standard deviations is detected 19 times in 20.
 *
 * `contradicted`: two sides are significant in opposite directions, or one side's whole interval is below half of the
 * smallest plausible effect of another. Missing significance alone is not a contradiction: single runs are too noisy.
 * The threshold grows with the number of sides, since with more sides two are more likely to differ by chance.
 *
 * `not clear`: everything else. It means that more runs are needed, and says nothing about the change.
 */
export function verdictOf(effects: Effect[]): { word: 'replicated' | 'contradicted' | 'not clear'; way: 1 | -1 | 0 } {
  const known = floored(effects)
  if (known.length < 2) return { word: 'not clear', way: 0 }
  if (contradicts(known)) return { word: 'contradicted', way: 0 }
  const ways = known.map((_, left) => wayOf(pool(known.filter((_, at) => at !== left)) as Pooled))
  const [way = 0] = ways
  return way !== 0 && ways.every(other => other === way) ? { word: 'replicated', way } : { word: 'not clear', way: 0 }
}

/** Replaces zero half widths with a tiny one, to keep weights finite. */
function floored(effects: Effect[]): Effect[] {
  const least = 1e-9 * Math.max(Number.MIN_VALUE, ...effects.map(({ gain }) => Math.abs(gain)))
  return effects.map(({ gain, half }) => ({ gain, half: Math.max(half, least) }))
}

function contradicts(effects: Effect[]): boolean {
  // A normal tail shrinks as exp(−z²/2): the wider bound divides it by the number of sides over two.
  const widen = Math.sqrt(z95 ** 2 + 2 * Math.log(effects.length / 2)) / z95
  const bounds = effects.map(({ gain, half }) => [gain - widen * half, gain + widen * half] as const)
  // The bound nearer to zero; 0 if the interval includes zero.
  const least = bounds.map(([low, high]) => Math.max(0, low) + Math.min(0, high))
  return least.some((own, i) => {
    if (own === 0) return false
    return bounds.some(([low, high], j) => j !== i && least[j] !== undefined && against(own, least[j], low, high))
  })
}

/**
 * Whether a side contradicts `own`: significant in the opposite direction, or bounded below half of it without being
 * significant.
 */
function against(own: number, theirs: number, low: number, high: number): boolean {
  if (theirs !== 0) return theirs > 0 !== own > 0
  return own > 0 ? high < own / 2 : low > own / 2
}

const wayOf = ({ interval: [low, high] }: Pooled): 1 | -1 | 0 => (low > 0 ? 1 : high < 0 ? -1 : 0)

/**
 * Random-effects mean (DerSimonian and Laird, Controlled Clinical Trials 7, 1986): true effects may differ between
 * machines, and differences beyond the noise widen the interval. null without effects.
 */
export function pool(effects: Effect[]): Pooled | null {
  const given = floored(effects).map(({ gain, half }) => ({ gain, variance: (half / z95) ** 2 }))
  if (given.length === 0) return null
  const between = betweenVariance(given)
  const weights = given.map(({ variance }) => 1 / (variance + between))
  const sum = total(weights)
  const gain = total(given.map((e, i) => e.gain * (weights[i] ?? 0))) / sum
  const half = z95 / Math.sqrt(sum)
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
