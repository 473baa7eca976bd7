/** Ranges, ticks and digits chosen from the data, for a metric of any magnitude. */
import { minus, powerOf } from '../../scripts/lib/format.ts'

export type Goal = 'minimize' | 'maximize'

/** Ticks at round steps (1, 2 or 5 times a power of ten), about `count` of them, and a format that tells them apart. */
export function ticks([low, high]: [number, number], count: number): { values: number[]; text: (v: number) => string } {
  const raw = (high - low) / Math.max(1, count)
  if (!(raw > 0) || !Number.isFinite(raw)) return { values: [], text: String }
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = power * ([1, 2, 5, 10].find(factor => factor * power >= raw * 0.75) ?? 10)
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9))
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  const values = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) =>
    Number(((first + i) * step).toPrecision(15)),
  )
  const wide = values.some(v => Math.abs(v) >= 1e6) || digits > 6
  return { values, text: v => (wide ? shorter(v, digits, step) : minus(v.toFixed(digits))) }
}

/** "1.2e6" or, where its digits would make that the longer one, "123456789.15". */
function shorter(value: number, digits: number, step: number): string {
  if (value === 0) return '0'
  const behind = Math.max(0, powerOf(Math.abs(value)) - Math.floor(Math.log10(step) + 1e-9))
  const short = value
    .toExponential(Math.min(15, behind))
    .replace(/(\.\d*?)0+e/, '$1e')
    .replace('.e', 'e')
    .replace('e+', 'e')
  const plain = value.toFixed(Math.min(100, digits))
  return minus(plain.length <= short.length ? plain : short)
}

/**
 * The axis range that holds all given values, with room for the noise on the better side.
 * @param seen values that must be visible
 * @param sigma of one run; null when unknown
 */
export function range(goal: Goal, seen: number[], sigma: number | null): [number, number] {
  if (seen.length === 0) return [0, 1]
  const sign = goal === 'minimize' ? 1 : -1
  const values = seen.map(v => sign * v)
  const [best, worst] = [Math.min(...values), Math.max(...values)]
  const span = worst - best || Math.abs(best) * 0.01 || 1
  const ends = [sign * (best - Math.max(2.2 * (sigma ?? 0), span * 0.07)), sign * (worst + span * 0.06)]
  return [Math.min(...ends), Math.max(...ends)]
}

/**
 * The usual distance of a discard from the best, so that one bad run does not flatten the figure: the median plus nine
 * median absolute deviations, at least the third quartile; infinite when no value lies far beyond it.
 * @param shortfalls how much worse each value was than the best at its time
 */
export function usualReach(shortfalls: number[]): number {
  const sorted = [...shortfalls].sort((a, b) => a - b)
  const middle = quantile(sorted, 0.5)
  const deviations = sorted.map(v => Math.abs(v - middle)).sort((a, b) => a - b)
  const limit = Math.max(middle + 9 * quantile(deviations, 0.5), sorted[Math.floor((sorted.length - 1) * 0.75)] ?? 0)
  return (sorted.at(-1) ?? 0) <= 1.5 * limit ? Number.POSITIVE_INFINITY : limit
}

/** Quantile of sorted values by linear interpolation; 0 without values. */
function quantile(sorted: number[], p: number): number {
  const at = (sorted.length - 1) * p
  const low = sorted[Math.floor(at)] ?? 0
  const high = sorted[Math.ceil(at)] ?? low
  return low + (high - low) * (at - Math.floor(at))
}
