/** Where the best of a knob's values lies, and which value would tell more. Pure. */
import { step } from '../../agents/steps.ts'
import type { Knob } from './knobs.ts'
import { numberOf } from './literals.ts'

interface Point {
  raw: string
  value: number
  /** Gain over the knob's first value, by the chain of tries. */
  score: number
}

/** @param kept the value that stands, where no scores tell which is best */
export function shapeOf(
  tries: Knob['tries'],
  sigma: number | null,
  kept: string,
): Pick<Knob, 'shape' | 'best' | 'untried'> {
  const points = scores(tries).sort((a, b) => a.value - b.value)
  const scored = points.map(({ score }) => score)
  const [low, high] = [Math.min(...scored), Math.max(...scored)]
  if (points.length < 2) return { shape: 'unclear', best: kept, untried: null }
  // A difference of two runs has a standard deviation of σ·√2; two of those is about 95%.
  if (high - low <= 2 * Math.SQRT2 * (sigma ?? 0)) return { shape: 'flat', best: kept, untried: null }
  const at = scored.indexOf(high)
  const best = points[at] as Point
  const known = [...tries.flatMap(({ from, to }) => [from, to])].flatMap(raw => numberOf(raw) ?? [])
  const inside = at > 0 && at < points.length - 1
  const untried = inside ? between(points, at) : beyond(points, at)
  const fresh = untried !== null && !known.includes(numberOf(untried) ?? Number.NaN)
  return { shape: inside ? 'inside' : 'edge', best: best.raw, untried: fresh ? untried : null }
}

/** Scores by value: each try tells how far its value is from the one before; several tries of a step are averaged. */
function scores(tries: Knob['tries']): Point[] {
  const points = new Map<number, { raw: string; sum: number; n: number }>()
  const score = (value: number) => {
    const point = points.get(value)
    return point ? point.sum / point.n : null
  }
  for (const { from, to, value, gain, alone } of tries) {
    const start = numberOf(from)
    if (!alone || start === null || value === null || gain === null) continue
    if (points.size === 0) points.set(start, { raw: from, sum: 0, n: 1 })
    const base = score(start)
    // A value that others led to in a change of several: what it scored by itself is not known.
    if (base === null) continue
    const known = points.get(value) ?? { raw: to, sum: 0, n: 0 }
    points.set(value, { raw: to, sum: known.sum + base + gain, n: known.n + 1 })
  }
  return [...points].map(([value, { raw, sum, n }]) => ({ raw, value, score: sum / n }))
}

/** As far again as the last step went, on the scale that suits it; at most a whole step. */
function beyond(points: Point[], at: number): string | null {
  const best = points[at] as Point
  const up = at > 0
  const neighbour = points[up ? at - 1 : at + 1] as Point
  const constant = { name: '', raw: best.raw, value: best.value, note: '' }
  const whole = step(constant, up ? 'up' : 'down', 1)
  const [b, n] = [best.value, neighbour.value]
  if (!/^[-\d._eE+]+$/.test(best.raw) || b <= 0 || n <= 0) return whole
  const share = b >= 0.8 && b < 1 && n < 1 && n >= 0.5
  const next = share ? 1 - (1 - b) ** 2 / (1 - n) : b * (b / n)
  const far = whole === null ? null : numberOf(whole)
  if (far !== null && Math.abs(next - b) >= Math.abs(far - b)) return whole
  return write(next, best)
}

/** Half-way to the better of the two neighbours. */
function between(points: Point[], at: number): string | null {
  const [below, best, above] = [points[at - 1], points[at], points[at + 1]] as [Point, Point, Point]
  const other = above.score >= below.score ? above : below
  if (!/^[-\d._eE+]+$/.test(best.raw)) return null
  const middle =
    best.value > 0 && other.value > 0 ? Math.sqrt(best.value * other.value) : (best.value + other.value) / 2
  return write(middle, best)
}

/** Few digits, in the notation of the best value; null where rounding leads back to it. */
function write(value: number, { raw, value: best }: Point): string | null {
  const whole = /^-?[\d_]+$/.test(raw)
  const rounded = whole ? Math.round(value) : Number(value.toPrecision(3))
  if (rounded === best || (whole && rounded === 0)) return null
  if (whole) return String(rounded)
  if (/e/i.test(raw)) return rounded.toExponential().replace('e+', 'e')
  const text = String(rounded)
  return /[.e]/.test(text) ? text : `${text}.0`
}
