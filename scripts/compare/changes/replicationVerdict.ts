/** Whether an effect was seen again, by numbers alone. Pure. */

/** A part of the baseline, with half of its 95% interval. */
export interface Effect {
  gain: number
  half: number
}

export interface Pooled {
  gain: number
  interval: [number, number]
}

/** Standard deviations that 95% of a normal distribution lie within. */
export const z95 = 1.96

/**
 * One effect a side, each with its own noise.
 *
 * `replicated`: all sides but any one together still show it, clear of zero (95%) and the same way. With two sides both
 * are clear by themselves. So the one result that a change was picked for is never its own proof: a kept change was
 * kept because its number was high, and a second side that repeats it knows nothing of that luck. Simulated without any
 * true effect: one in forty is called replicated where a side was picked for its luck, one in a thousand of two sides
 * and one in a hundred of ten where none was. An effect of four standard deviations is found in 19 of 20.
 *
 * `contradicted`: one side is clear one way, another clear the other way; or is so sure of little that its whole
 * interval lies below half of the least that the first can be. That it merely missed zero is no contradiction: single
 * runs are too noisy for it. The more sides, the likelier that two differ by luck, so the limit grows with them.
 *
 * All else is `not clear`, which says that more runs are needed, and nothing of the change.
 */
export function verdictOf(effects: Effect[]): { word: 'replicated' | 'contradicted' | 'not clear'; way: 1 | -1 | 0 } {
  const known = floored(effects)
  if (known.length < 2) return { word: 'not clear', way: 0 }
  if (contradicts(known)) return { word: 'contradicted', way: 0 }
  const ways = known.map((_, left) => wayOf(pool(known.filter((_, at) => at !== left)) as Pooled))
  const [way = 0] = ways
  return way !== 0 && ways.every(other => other === way) ? { word: 'replicated', way } : { word: 'not clear', way: 0 }
}

/** Sides that are exact weigh as much as can be reckoned with. */
function floored(effects: Effect[]): Effect[] {
  const least = 1e-9 * Math.max(Number.MIN_VALUE, ...effects.map(({ gain }) => Math.abs(gain)))
  return effects.map(({ gain, half }) => ({ gain, half: Math.max(half, least) }))
}

function contradicts(effects: Effect[]): boolean {
  // A tail shrinks as exp(−z²/2): this makes it smaller by as many times as there are pairs' worth of sides.
  const widen = Math.sqrt(z95 ** 2 + 2 * Math.log(effects.length / 2)) / z95
  const bounds = effects.map(({ gain, half }) => [gain - widen * half, gain + widen * half] as const)
  // The end nearer to zero; 0 where zero is between.
  const least = bounds.map(([low, high]) => Math.max(0, low) + Math.min(0, high))
  return least.some((own, i) => {
    if (own === 0) return false
    return bounds.some(([low, high], j) => j !== i && least[j] !== undefined && against(own, least[j], low, high))
  })
}

/** Clear the other way, or sure of less than half while not clear the same way. */
function against(own: number, theirs: number, low: number, high: number): boolean {
  if (theirs !== 0) return theirs > 0 !== own > 0
  return own > 0 ? high < own / 2 : low > own / 2
}

const wayOf = ({ interval: [low, high] }: Pooled): 1 | -1 | 0 => (low > 0 ? 1 : high < 0 ? -1 : 0)

/**
 * Mean of effects that may differ between machines in truth, by random effects (DerSimonian and Laird, Controlled
 * Clinical Trials 7, 1986): what they differ by beyond their noise widens the interval. null for none.
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

/** Variance of the true effects; 0 where their noise explains that they differ. */
function betweenVariance(given: { gain: number; variance: number }[]): number {
  const weights = given.map(({ variance }) => 1 / variance)
  const sum = total(weights)
  const mean = total(given.map((e, i) => e.gain * (weights[i] ?? 0))) / sum
  const spread = total(given.map((e, i) => (weights[i] ?? 0) * (e.gain - mean) ** 2))
  const scale = sum - total(weights.map(w => w ** 2)) / sum
  return scale > 0 ? Math.max(0, (spread - (given.length - 1)) / scale) : 0
}

const total = (list: number[]): number => list.reduce((sum, value) => sum + value, 0)
