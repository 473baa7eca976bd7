/** Smooths loss curves: a run prints the loss of single batches, whose noise hides what an experiment changes. Pure. */
import type { CurvePoint } from '../../../scripts/record/schema.ts'

/** The average's time constant, as a share of the curve's last step: a point this far back weighs 1/e. */
export const EMA_SHARE = 0.04

/** Fewest points that a comparison of two curves needs on each. */
const MIN_POINTS = 8

/** Many experiments are compared with the same curve. */
const known = new WeakMap<CurvePoint[], CurvePoint[]>()

/**
 * Exponential moving average of the loss over steps. The first points are not drawn to zero (it is debiased). The result
 * is made once for an array, which must not change afterwards.
 */
export function smooth(points: CurvePoint[]): CurvePoint[] {
  const found = known.get(points)
  if (found) return found
  const all = averages(points)
  const made = points.map(({ step, seconds, loss }, i) => ({ step, seconds, loss: all[i]?.mean ?? loss }))
  known.set(points, made)
  return made
}

/** The smoothed loss at the end of some points, and its standard error by their scatter; null with too few points. */
export function levelAtEnd(points: CurvePoint[]): { loss: number; error: number } | null {
  const all = averages(points)
  const last = all.at(-1)
  if (last === undefined || points.length < MIN_POINTS || last.effective <= 1) return null
  // The scatter of the last quarter: earlier the curve falls faster than its noise.
  const from = Math.min(points.length - MIN_POINTS, Math.floor(points.length * 0.75))
  const squares = points.slice(from).map((p, i) => (p.loss - (all[from + i]?.mean ?? p.loss)) ** 2)
  const variance = squares.reduce((sum, s) => sum + s, 0) / squares.length
  // A point is part of its own average, which makes residuals smaller than the noise.
  const shrunk = 1 - 2 * last.own + 1 / last.effective
  return { loss: last.mean, error: Math.sqrt(variance / shrunk / last.effective) }
}

interface Average {
  mean: number
  /** The number of equally weighted points with the same precision. */
  effective: number
  /** Weight of the newest point. */
  own: number
}

function averages(points: CurvePoint[]): Average[] {
  const scale = EMA_SHARE * Math.max(1, points.at(-1)?.step ?? 1)
  let [sum, weight, squared, step] = [0, 0, 0, points[0]?.step ?? 0]
  return points.map(p => {
    const decay = Math.exp(-Math.max(0, p.step - step) / scale)
    step = p.step
    sum = sum * decay + p.loss
    weight = weight * decay + 1
    squared = squared * decay ** 2 + 1
    return { mean: sum / weight, effective: weight ** 2 / squared, own: 1 / weight }
  })
}
