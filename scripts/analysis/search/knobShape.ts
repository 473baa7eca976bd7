/** Where the best of a knob's values lies, and which value would tell more. Pure. */

import { numberOf } from '../source/literals.ts'
import { step } from '../source/steps.ts'
import type { Knob } from './knob.ts'

export interface Point {
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

type Step = Pick<Knob['tries'][number], 'from' | 'to' | 'value' | 'gain' | 'alone'>

/** Enough for a chain of so many steps, and for the means of what goes in circles to settle. */
const sweeps = 60

/**
 * Scores of numbers by value: over the first value that was left, which is 0. A try tells how far its value is from the
 * one before; a value's score is the mean of what its tries tell. One that no chain of tries leads to from the first has
 * none: what it does by itself is not known. The first value may be no number, such as None: others are scored over it.
 */
export function scores(tries: Step[]): Point[] {
  const steps = tries.flatMap(({ from, to, value, gain, alone }) =>
    alone && value !== null && gain !== null ? [{ from, to, start: numberOf(from) ?? from, value, gain }] : [],
  )
  const [first] = steps
  if (!first) return []
  const raws = new Map<number | string, string>(steps.map(({ value, to }) => [value, to])).set(first.start, first.from)
  let known = new Map<number | string, number>([[first.start, 0]])
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const gains = new Map<number | string, number[]>([[first.start, [0]]])
    for (const { start, value, gain } of steps) {
      const base = known.get(start)
      if (base !== undefined && value !== first.start) gains.set(value, [...(gains.get(value) ?? []), base + gain])
    }
    known = new Map([...gains].map(([value, list]) => [value, list.reduce((a, b) => a + b, 0) / list.length]))
  }
  return [...known].flatMap(([value, score]) =>
    typeof value === 'number' ? [{ raw: raws.get(value) ?? String(value), value, score }] : [],
  )
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
