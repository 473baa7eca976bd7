/** Where a knob's best value lies among those tried, and which value to try next. Pure. */
import { numberOf } from '../source/literals.ts'
import { step } from '../source/steps.ts'
import type { Knob } from './knob.ts'

export interface Point {
  raw: string
  value: number
  /** Gain over the knob's first value, in the metric's unit, summed along the chain of tries. */
  score: number
}

/**
 * Shape, best value and next value of a knob.
 *
 * @param sigma standard deviation of one run, in the metric's unit; null counts as 0
 * @param kept the last kept value, which is `best` where the scores do not decide
 */
export function shapeOf(
  tries: Knob['tries'],
  sigma: number | null,
  kept: string,
): Pick<Knob, 'shape' | 'best' | 'untried'> {
  const points = scores(tries).sort((a, b) => a.value - b.value)
  const scored = points.map(({ score }) => score)
  const [low, high] = [Math.min(...scored), Math.max(...scored)]
  if (points.length < 2) return { shape: 'unclear', best: kept, untried: null }
  // A difference of two runs has a standard deviation of σ·√2; twice that covers about 95%.
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

/** Iterations of `scores`: enough for a chain of this many tries, and for cycles of tries to converge. */
const sweeps = 60

/**
 * Scores of the numeric values, relative to the first `from`, which scores 0. Each try measures the gain of one value
 * over another; a value's score is the mean over its tries. Values that no chain of tries connects to the first value
 * have no score and are left out. The first value may be None or a string: it is left out, and others are scored over
 * it.
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

/**
 * The value beyond an edge: repeats the last step on a log scale (near one, on the distance to one), at most a whole
 * step.
 */
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

/** The midpoint between the best value and its better neighbour: geometric for positive values, else arithmetic. */
function between(points: Point[], at: number): string | null {
  const [below, best, above] = [points[at - 1], points[at], points[at + 1]] as [Point, Point, Point]
  const other = above.score >= below.score ? above : below
  if (!/^[-\d._eE+]+$/.test(best.raw)) return null
  const middle =
    best.value > 0 && other.value > 0 ? Math.sqrt(best.value * other.value) : (best.value + other.value) / 2
  return write(middle, best)
}

/**
 * An integer or three significant digits, as the best value is written; null where that is the best value again, or 0.
 */
function write(value: number, { raw, value: best }: Point): string | null {
  const whole = /^-?[\d_]+$/.test(raw)
  const rounded = whole ? Math.round(value) : Number(value.toPrecision(3))
  if (rounded === best || (whole && rounded === 0)) return null
  if (whole) return String(rounded)
  if (/e/i.test(raw)) return rounded.toExponential().replace('e+', 'e')
  const text = String(rounded)
  return /[.e]/.test(text) ? text : `${text}.0`
}
