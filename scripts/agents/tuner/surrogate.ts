/**
 * What the ledger says about places nobody tried: a Gaussian process (Rasmussen and Williams 2006, chapters 2 and 5),
 * additive over knobs with a smaller part for their pairs (Duvenaud and others 2011), its scale and each knob's share
 * by likelihood. Exact, so for a hundred places at most. Pure.
 */
import { cholesky, dot, forward, solve } from './cholesky.ts'
import { distance, type Place } from './knobs.ts'

export interface Point {
  at: Place[]
  /** Gain over the present best, and the standard deviation of its noise. */
  gain: number
  noise: number
}

/** What is believed of a knob before anything was tried. */
export interface Belief {
  /** How much a step of it changes beside others, 1 at most. */
  weight: number
  /** The way that more often helps: 1 up, −1 down, 0 nobody knows. */
  lean: number
}

/** Mean and standard deviation of a place's gain over the present best, without noise. */
export type Predict = (at: Place[]) => { mean: number; sd: number }

/** Steps over which a number's effect stays alike, and letters over which a word's does. */
const [reach, letters] = [2.5, 1.5]
/** What pairs of knobs explain beside single ones. */
const pairs = 0.15
/** What a step costs before anything is known, in units of its scale, growing with the square; and its lean. */
const [step, slope] = [0.2, 0.1]

export function surrogate(points: Point[], best: Place[], beliefs: Belief[]): Predict {
  const alike = points.map((a, i) => points.slice(0, i + 1).map(b => likeness(a.at, b.at)))
  const weigh = (scale: number, shares: number[]) => {
    const factor = cholesky(points.length, (i, j) => {
      const noise = i === j ? (points[i]?.noise ?? 0) ** 2 : 0
      return scale ** 2 * kernel(alike[i]?.[j] ?? new Float64Array(), shares) + noise
    })
    const rest = points.map(({ at, gain }) => gain - scale * expected(at, best, shares, beliefs))
    const solved = solve(factor, rest)
    const logs = factor.reduce((sum, row, i) => sum + Math.log(row[i] ?? 1), 0)
    // A share far from what is believed needs reasons; so does a scale far from a few units.
    const odd = beliefs.reduce((sum, { weight }, i) => sum + Math.log((shares[i] ?? 0) / weight) ** 2 / 8, 0)
    return { factor, solved, likelihood: -dot(rest, solved) / 2 - logs - odd - Math.log(scale / 4) ** 2 / 18 }
  }
  const moves = beliefs.map((_, i) => points.some(({ at }) => at[i] !== best[i]))
  const { scale, shares } = mostLikely(beliefs, moves, (s, w) => weigh(s, w).likelihood)
  const { factor, solved } = weigh(scale, shares)
  const likeAll = (at: Place[]) => points.map(point => kernel(likeness(at, point.at), shares))
  const [same, toBest] = [kernel(likeness(best, best), shares), likeAll(best)]
  return at => {
    const apart = likeAll(at).map((k, i) => scale ** 2 * (k - (toBest[i] ?? 0)))
    const half = forward(factor, apart)
    const before = 2 * scale ** 2 * (same - kernel(likeness(at, best), shares))
    const mean = scale * expected(at, best, shares, beliefs) + dot(apart, solved)
    return { mean, sd: Math.sqrt(Math.max(0, before - dot(half, half))) }
  }
}

/** The scale, then each moved knob's share, then the scale again: a climb by factors, which is enough here. */
function mostLikely(
  beliefs: Belief[],
  moves: boolean[],
  likelihood: (scale: number, shares: number[]) => number,
): { scale: number; shares: number[] } {
  let shares = beliefs.map(({ weight }) => weight)
  let scale = argmax([0.5, 1, 2, 4, 8, 16, 32, 64], s => likelihood(s, shares))
  for (const [i, own] of shares.entries())
    if (moves[i]) {
      const share = argmax([own, own / 16, own / 4, own * 4], s => likelihood(scale, shares.with(i, s)))
      shares = shares.with(i, share)
    }
  scale = argmax([scale, scale / 2, scale * 2], s => likelihood(s, shares))
  return { scale, shares }
}

function argmax(values: number[], of: (value: number) => number): number {
  const worth = values.map(of)
  return values[worth.indexOf(Math.max(...worth))] ?? values[0] ?? 1
}

/** How alike two places are on each axis, 1 for the same. */
function likeness(a: Place[], b: Place[]): Float64Array {
  const alike = new Float64Array(a.length).fill(1)
  for (const [i, place] of a.entries()) {
    const other = b[i] ?? 0
    if (place === other) continue
    const apart = distance(place, other)
    alike[i] = typeof place === 'number' ? Math.exp(-((apart / reach) ** 2) / 2) : Math.exp(-apart / letters)
  }
  return alike
}

/** The sum over knobs, and over pairs of them by the squares of sums (Newton's identity). */
function kernel(alike: Float64Array, shares: number[]): number {
  let [sum, squares, all] = [0, 0, 0]
  for (let i = 0; i < alike.length; i++) {
    const share = (shares[i] ?? 0) ** 2
    const part = share * (alike[i] ?? 0)
    sum += part
    squares += part * part
    all += share
  }
  return sum + (pairs * (sum * sum - squares)) / Math.max(all, 1e-9)
}

/** Before anything is known: the present values are about right, with a lean; in units of the scale. */
function expected(at: Place[], best: Place[], shares: number[], beliefs: Belief[]): number {
  let gain = 0
  for (const [i, place] of at.entries()) {
    const from = best[i] ?? 0
    if (place === from) continue
    const apart = typeof place === 'number' ? Math.min(3, distance(place, from)) : 1
    const way = typeof place === 'number' && typeof from === 'number' ? Math.sign(place - from) : 0
    gain += (shares[i] ?? 0) * (slope * way * (beliefs[i]?.lean ?? 0) * apart - step * apart ** 2)
  }
  return gain
}
