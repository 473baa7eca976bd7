/**
 * Predicts the gain of untried positions by a Gaussian process (Rasmussen and Williams 2006, chapters 2 and 5). The
 * kernel is additive over knobs, with a smaller part for pairs (Duvenaud and others 2011); its scale and each knob's
 * share are fitted by penalised likelihood. Exact, O(n³): for about a hundred points. Pure.
 */
import { cholesky, dot, forward, solve } from './cholesky.ts'
import { distance, type Position } from './knobs.ts'

export interface Point {
  position: Position[]
  /** Gain over the present best, and the standard deviation of its noise. */
  gain: number
  noise: number
}

/** Prior of a knob. */
export interface KnobPrior {
  /** Effect of a step relative to other knobs, at most 1. */
  weight: number
  /** Direction that more often helps: 1 up, −1 down, 0 unknown. */
  direction: number
}

/** Mean and standard deviation of a position's gain over the head, without measurement noise. */
export type Predict = (position: Position[]) => { mean: number; sd: number }

/** Length scales of the kernel: in steps for numbers, in letters for strings. */
const [NUMBER_LENGTH_SCALE, WORD_LENGTH_SCALE] = [2.5, 1.5]
/** Weight of the kernel's part for pairs of knobs. */
const PAIR_SHARE = 0.15
/** Prior mean of a step in units of scale × share: loss by its square, gain in the knob's direction. */
const [PRIOR_CURVATURE, PRIOR_SLOPE] = [0.2, 0.1]

export function surrogate(points: Point[], head: Position[], priors: KnobPrior[]): Predict {
  const similarities = points.map((a, i) => points.slice(0, i + 1).map(b => similarity(a.position, b.position)))
  const fitWith = (scale: number, shares: number[]) => {
    const factor = cholesky(points.length, (i, j) => {
      const noise = i === j ? (points[i]?.noise ?? 0) ** 2 : 0
      return scale ** 2 * kernel(similarities[i]?.[j] ?? new Float64Array(), shares) + noise
    })
    const residuals = points.map(({ position, gain }) => gain - scale * priorMean(position, head, shares, priors))
    const solved = solve(factor, residuals)
    const logs = factor.reduce((sum, row, i) => sum + Math.log(row[i] ?? 1), 0)
    // Priors: shares near the knobs' weights, a scale near 4 units.
    const penalty = priors.reduce((sum, { weight }, i) => sum + Math.log((shares[i] ?? 0) / weight) ** 2 / 8, 0)
    return { factor, solved, likelihood: -dot(residuals, solved) / 2 - logs - penalty - Math.log(scale / 4) ** 2 / 18 }
  }
  const isMoved = priors.map((_, i) => points.some(({ position }) => position[i] !== head[i]))
  const { scale, shares } = fitHyperparameters(priors, isMoved, (s, w) => fitWith(s, w).likelihood)
  const { factor, solved } = fitWith(scale, shares)
  const kernelToPoints = (from: Position[]) => points.map(({ position }) => kernel(similarity(from, position), shares))
  const [headVariance, headToPoints] = [kernel(similarity(head, head), shares), kernelToPoints(head)]
  return position => {
    const covariance = kernelToPoints(position).map((k, i) => scale ** 2 * (k - (headToPoints[i] ?? 0)))
    const whitened = forward(factor, covariance)
    const priorVariance = 2 * scale ** 2 * (headVariance - kernel(similarity(position, head), shares))
    const mean = scale * priorMean(position, head, shares, priors) + dot(covariance, solved)
    return { mean, sd: Math.sqrt(Math.max(0, priorVariance - dot(whitened, whitened))) }
  }
}

/** Coordinate search: the scale, the share of each moved knob, the scale again. */
function fitHyperparameters(
  priors: KnobPrior[],
  isMoved: boolean[],
  likelihood: (scale: number, shares: number[]) => number,
): { scale: number; shares: number[] } {
  let shares = priors.map(({ weight }) => weight)
  let scale = argmax([0.5, 1, 2, 4, 8, 16, 32, 64], s => likelihood(s, shares))
  for (const [i, own] of shares.entries())
    if (isMoved[i]) {
      const share = argmax([own, own / 16, own / 4, own * 4], s => likelihood(scale, shares.with(i, s)))
      shares = shares.with(i, share)
    }
  scale = argmax([scale, scale / 2, scale * 2], s => likelihood(s, shares))
  return { scale, shares }
}

function argmax(values: number[], of: (value: number) => number): number {
  const results = values.map(of)
  return values[results.indexOf(Math.max(...results))] ?? values[0] ?? 1
}

/** Similarity of two positions on each axis, from 0 to 1 for equal. */
function similarity(a: Position[], b: Position[]): Float64Array {
  const result = new Float64Array(a.length).fill(1)
  for (const [i, from] of a.entries()) {
    const to = b[i] ?? 0
    if (from === to) continue
    const d = distance(from, to)
    result[i] =
      typeof from === 'number' ? Math.exp(-((d / NUMBER_LENGTH_SCALE) ** 2) / 2) : Math.exp(-d / WORD_LENGTH_SCALE)
  }
  return result
}

/** Sum over knobs and over pairs of knobs; the pairs by Newton's identity. */
function kernel(similarities: Float64Array, shares: number[]): number {
  let [sum, squares, all] = [0, 0, 0]
  for (let i = 0; i < similarities.length; i++) {
    const share = (shares[i] ?? 0) ** 2
    const part = share * (similarities[i] ?? 0)
    sum += part
    squares += part * part
    all += share
  }
  return sum + (PAIR_SHARE * (sum * sum - squares)) / Math.max(all, 1e-9)
}

/** Prior mean of the gain in units of the scale: 0 at the head, see PRIOR_CURVATURE and PRIOR_SLOPE. */
function priorMean(position: Position[], head: Position[], shares: number[], priors: KnobPrior[]): number {
  let gain = 0
  for (const [i, to] of position.entries()) {
    const from = head[i] ?? 0
    if (to === from) continue
    const d = typeof to === 'number' ? Math.min(3, distance(to, from)) : 1
    const sign = typeof to === 'number' && typeof from === 'number' ? Math.sign(to - from) : 0
    gain += (shares[i] ?? 0) * (PRIOR_SLOPE * sign * (priors[i]?.direction ?? 0) * d - PRIOR_CURVATURE * d ** 2)
  }
  return gain
}
