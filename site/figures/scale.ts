/** Ranges, ticks and digits chosen from the data, for any metric of any magnitude. */
import { minus } from '../../scripts/lib/format.ts'

export type Goal = 'minimize' | 'maximize'

/** Round steps (1, 2 or 5 times a power of ten) inside a range, about `count` of them, and how to write them. */
export function ticks([low, high]: [number, number], count: number): { values: number[]; text: (v: number) => string } {
  const raw = (high - low) / Math.max(1, count)
  if (!(raw > 0) || !Number.isFinite(raw)) return { values: [], text: String }
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = power * ([1, 2, 5, 10].find(factor => factor * power >= raw * 0.75) ?? 10)
  const digits = Math.min(12, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)))
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  const values = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  )
  const wide = values.some(v => Math.abs(v) >= 1e6) || digits > 6
  return {
    values,
    text: v =>
      minus(
        wide
          ? v
              .toExponential(2)
              .replace(/\.?0+e/, 'e')
              .replace('e+', 'e')
          : v.toFixed(digits),
      ),
  }
}

/**
 * The range of a metric that shows what matters: the whole frontier, and of the rest what is not far off, so that one
 * bad run does not flatten the picture. Values beyond it on the worse side are off the scale.
 * @param frontier values that must be seen, e.g. baseline and bests
 * @param others the other measured values
 */
export function range(goal: Goal, frontier: number[], others: number[], sigma: number | null): [number, number] {
  const sign = goal === 'minimize' ? 1 : -1
  const all = [...frontier, ...others].map(v => sign * v)
  if (all.length === 0) return [0, 1]
  const best = Math.min(...all)
  const worse = all.map(v => v - best).sort((a, b) => a - b)
  const must = Math.max(0, ...frontier.map(v => sign * v - best))
  const limit = Math.max(must, reach(worse))
  const span = limit || Math.abs(best) * 0.01 || 1
  const ends = [sign * (best - Math.max(2.2 * (sigma ?? 0), span * 0.07)), sign * (best + limit + span * 0.06)]
  return [Math.min(...ends), Math.max(...ends)]
}

/** How far the well-behaved values reach: the median plus nine median deviations, or all when nothing lies far beyond. */
function reach(worse: number[]): number {
  const middle = quantile(worse, 0.5)
  const deviation = quantile(
    worse.map(v => Math.abs(v - middle)).sort((a, b) => a - b),
    0.5,
  )
  const largest = worse.at(-1) ?? 0
  const limit = Math.max(middle + 9 * deviation, quantile(worse, 0.75))
  return largest <= 1.5 * limit ? largest : Math.max(...worse.filter(v => v <= limit))
}

/** By linear interpolation, of sorted values; 0 of none. */
export function quantile(sorted: number[], p: number): number {
  const at = (sorted.length - 1) * p
  const low = sorted[Math.floor(at)] ?? 0
  const high = sorted[Math.ceil(at)] ?? low
  return low + (high - low) * (at - Math.floor(at))
}
