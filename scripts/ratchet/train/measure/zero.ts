/** Doubts a metric of exactly 0, which a run prints that caught its own failure. Pure. */
import { decimalsOf } from '../../../lib/format.ts'
import type { Metric } from '../../../record/schema.ts'

/** Steps from 0 within which a count is near it: a change may well mend the last ten failing tests at once. */
const MAX_COUNT = 10
/** The same for fractions, e.g. a rate of errors over 300 questions: at most three questions. */
const MAX_STEPS = 3

/**
 * Whether a value of exactly 0 would be better than everything measured so far, and nothing measured comes near it.
 *
 * Values near 0 are those a few steps away from it, where a metric has steps. A count has steps of 1. Otherwise a step is
 * the last decimal of the values (a rate over 100 questions, a value printed with too few digits), or a fraction of which
 * all values are multiples (a rate over 300 questions). A loss or a timing has no such steps: it does not reach 0, however
 * far it has fallen. Where 0 is no improvement, as an accuracy of 0, it is a measurement like any other.
 *
 * @param seen metrics of the session's runs so far; none: nothing is known, so false
 */
export function isDoubtfulZero(seen: readonly number[], goal: Metric['goal']): boolean {
  const isBest = seen.every(value => (goal === 'minimize' ? value > 0 : value < 0))
  if (seen.length === 0 || !isBest) return false
  const sizes = [...new Set(seen.map(Math.abs))]
  const nearest = sizes.reduce((a, b) => Math.min(a, b))
  const places = sizes.reduce((most, size) => Math.max(most, decimalsOf(size)), 0)
  const unit = 10 ** -places
  const few = places === 0 ? MAX_COUNT : MAX_STEPS
  // The sum of binary fractions may be off by their last bit.
  if (nearest <= few * unit * (1 + 1e-9)) return false
  return !Array.from({ length: MAX_STEPS }, (_, i) => i + 1).some(steps => areMultiples(sizes, nearest, steps, unit))
}

/**
 * Whether all values are whole multiples of a fraction, the nearest to 0 `steps` times it, as far as their rounding to
 * `unit` shows. Two different values are needed, and steps so much larger than the rounding that chance hardly does it.
 */
function areMultiples(sizes: number[], nearest: number, steps: number, unit: number): boolean {
  const step = nearest / steps
  if (sizes.length < 2 || unit >= 1 || step < 1000 * unit) return false
  return sizes.every(size => {
    const count = Math.round(size / step)
    return Math.abs(size - count * step) <= (unit / 2) * (1 + count / steps) * (1 + 1e-9)
  })
}
