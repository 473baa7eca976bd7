/** Where a knob's best value lies among those tried, and which value to try next. Pure. */
import type { Noise } from '../../record/schema.ts'
import { isEnoughForPReal } from '../../stats/noise.ts'
import { excessQuantile, rangeQuantile } from '../../stats/ranges.ts'
import { numberOf } from '../source/literals.ts'
import { step } from '../source/steps.ts'
import type { Knob } from './knob.ts'

/** σ of one run in the metric's unit, with its degrees of freedom. */
export type Sigma = Pick<Noise, 'sigma' | 'df'>

/** A measured value that a gain was computed from: the mean of an experiment's runs at that time. */
export interface Source {
  /** Its number, or with several sessions a name. */
  experiment: number | string
  runs: number
  /** The candidate beside which a head was run, for that candidate alone; then it was not picked by its value. */
  beside?: number | string
  /** Standard deviation of one of its runs, in that of `Sigma`: 1 unless sessions of different noise are compared. */
  scale?: number
}

/** A try and the two values that its gain is the difference of. */
export type Step = Pick<Knob['tries'][number], 'from' | 'to' | 'value' | 'gain' | 'alone'> & {
  candidate: Source
  /** null where not known. */
  head: Source | null
}

/** The steps of one session's tries. */
export const stepsOf = (tries: Knob['tries']): Step[] =>
  tries.map(t => ({
    ...t,
    candidate: { experiment: t.experiment, runs: t.runs },
    head: t.head && { ...t.head, ...(t.beside && { beside: t.experiment }) },
  }))

export interface Point {
  raw: string
  value: number
  /** Gain over the knob's first value, in the metric's unit, summed along the chain of tries. */
  score: number
  /** The same sum over measured values: what each counts for. */
  weights: Map<string, Weight>
}

interface Weight extends Source {
  weight: number
}

/** Probability that any value is called worse than another although no value differs. */
const ERROR = 0.1

/** What is known of the session besides the tries. */
export interface Search {
  /** Experiments with a metric up to the last try, the baseline included: the head was picked among them. */
  measured: number
  /** False where others may have tried any other value. */
  isWhole?: boolean
  /** Numbers in the descriptions of experiments without a diff: any of them may have been tried. */
  stated?: ReadonlySet<number>
}

/**
 * Shape, best value and next value of a knob.
 *
 * @param noise null: nothing is said of the shape
 * @param tries all that are known, measured alone or not
 * @param kept the last kept value, which is `best` where the scores do not decide
 */
export function shapeOf(
  tries: Step[],
  noise: Sigma | null,
  kept: string,
  { measured, isWhole = true, stated = new Set() }: Search,
): Pick<Knob, 'shape' | 'best' | 'bestSet' | 'untried'> {
  const points = scores(tries).sort((a, b) => a.value - b.value)
  const unclear = { shape: 'unclear' as const, best: kept, bestSet: [], untried: null }
  if (points.length < 2 || noise === null || tries.some(t => isScored(t) && t.head === null)) return unclear

  const isWorse = comparison(points, tries, noise, measured)
  const set = points.filter(point => !points.some(other => isWorse(point, other)))
  const keptPoint = set.find(({ value }) => value === numberOf(kept))
  const top = set.reduce((a, b) => (b.score > a.score ? b : a))
  const bestSet = set.map(({ raw }) => raw)
  // A single pair of runs bounds σ so little that it hides any effect.
  if (set.length === points.length)
    return isEnoughForPReal(noise) ? { shape: 'flat', best: kept, bestSet, untried: null } : unclear

  const at = points.indexOf(top)
  const ends = [points[0], points.at(-1)].filter(end => set.some(point => point === end)).length
  if (ends > 0 && set.length > 1) return { shape: 'unclear', best: (keptPoint ?? top).raw, bestSet, untried: null }
  const known = tries.flatMap(({ from, to }) => [from, to]).flatMap(raw => numberOf(raw) ?? [])
  if (ends > 0 && (!isWhole || known.some(value => (at > 0 ? value > top.value : value < top.value))))
    return { shape: 'unclear', best: top.raw, bestSet, untried: null }
  const untried = isWhole ? (ends === 0 ? between(points, at, known) : beyond(points, at)) : null
  const isFree =
    untried !== null && ![...known, ...stated].some(value => isNear(value, numberOf(untried) ?? Number.NaN))
  return { shape: ends === 0 ? 'inside' : 'edge', best: top.raw, bestSet, untried: isFree ? untried : null }
}

/** Whether two values are the same when written with two digits: nobody would call one of them untried. */
const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= 0.005 * Math.max(Math.abs(a), Math.abs(b))

/**
 * Whether a value is worse than another by more than noise explains, for all pairs at once. A difference of scores is a sum
 * of measured values with weights, and Tukey's method bounds all such sums by the range of the measured values. A head that
 * is not a try of this knob was picked among all that the session had measured, so where it speaks for a value it counts as
 * the best of them all.
 */
function comparison(
  points: Point[],
  tries: Step[],
  { sigma, df }: Sigma,
  measured: number,
): (worse: Point, better: Point) => boolean {
  const own = new Set(tries.map(t => t.candidate.experiment))
  const used = new Set(points.flatMap(({ weights }) => [...weights.keys()])).size
  const isPicked = ({ experiment, beside }: Source) => beside === undefined && measured > used && !own.has(experiment)
  const someArePicked = points.some(({ weights }) => [...weights.values()].some(isPicked))
  const error = someArePicked ? ERROR / 2 : ERROR
  const range = rangeQuantile(1 - error, Math.max(2, used), df)
  const among = { among: measured, runs: 1, others: Math.max(1, used), otherRuns: 1 }
  const excess = someArePicked ? Math.max(range, excessQuantile(1 - error, among, df)) : range
  return (worse, better) => {
    const parts = [...difference(better.weights, worse.weights).values()]
    const sum = (sign: 1 | -1) =>
      parts.reduce(
        (total, { weight, runs, scale = 1 }) => total + (Math.max(0, sign * weight) * scale) / Math.sqrt(runs),
        0,
      )
    const limit = parts.some(part => part.weight > 1e-9 && isPicked(part)) ? excess : range
    return better.score - worse.score > limit * sigma * Math.max(sum(1), sum(-1))
  }
}

function difference(a: Point['weights'], b: Point['weights']): Point['weights'] {
  const result = new Map(a)
  for (const [key, part] of b) result.set(key, { ...part, weight: (result.get(key)?.weight ?? 0) - part.weight })
  return result
}

/** Iterations of `scores`: enough for a chain of this many tries, and for cycles of tries to converge. */
const sweeps = 60

const isScored = ({ alone, value, gain }: Step): boolean => alone && value !== null && gain !== null

/**
 * Scores of the numeric values, relative to the first `from`, which scores 0. Each try measures the gain of one value
 * over another; a value's score is the mean over its tries. Values that no chain of tries connects to the first value
 * have no score and are left out. The first value may be None or a string: it is left out, and others are scored over
 * it.
 */
export function scores(tries: Step[]): Point[] {
  const steps = tries.flatMap(t =>
    isScored(t) ? [{ ...t, start: numberOf(t.from) ?? t.from, value: t.value as number, gain: t.gain as number }] : [],
  )
  const [first] = steps
  if (!first) return []
  const raws = new Map<number | string, string>(steps.map(({ value, to }) => [value, to])).set(first.start, first.from)
  type Score = Pick<Point, 'score' | 'weights'>
  const origin: Score = { score: 0, weights: new Map() }
  let known = new Map<number | string, Score>([[first.start, origin]])
  for (let sweep = 0, changes = true; sweep < sweeps && changes; sweep++) {
    const found = new Map<number | string, Score[]>([[first.start, [origin]]])
    for (const { start, value, gain, candidate, head } of steps) {
      const base = known.get(start)
      if (base === undefined || value === first.start) continue
      const weights = added(base.weights, [
        { ...candidate, weight: 1 },
        ...(head === null ? [] : [{ ...head, weight: -1 }]),
      ])
      found.set(value, [...(found.get(value) ?? []), { score: base.score + gain, weights }])
    }
    const next = new Map([...found].map(([value, list]) => [value, meanOf(list)]))
    changes = [...next].some(([value, { score }]) => known.get(value)?.score !== score)
    known = next
  }
  return [...known].flatMap(([value, score]) =>
    typeof value === 'number' ? [{ raw: raws.get(value) ?? String(value), value, ...score }] : [],
  )
}

function meanOf(list: Pick<Point, 'score' | 'weights'>[]): Pick<Point, 'score' | 'weights'> {
  const share = 1 / list.length
  const parts = list.flatMap(({ weights }) => [...weights.values()].map(w => ({ ...w, weight: w.weight * share })))
  return { score: list.reduce((sum, { score }) => sum + score, 0) * share, weights: added(new Map(), parts) }
}

function added(weights: Point['weights'], parts: Weight[]): Point['weights'] {
  const result = new Map(weights)
  for (const part of parts) {
    // The mean of other runs of the same tree is another measured value.
    const key = `${part.experiment}/${part.runs}/${part.beside ?? ''}`
    result.set(key, { ...part, weight: (result.get(key)?.weight ?? 0) + part.weight })
  }
  return result
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

/**
 * The midpoint between the best value and its better neighbour: geometric for positive values, else arithmetic; null
 * where a value between them is known, which was tried with other changes or without a result.
 */
function between(points: Point[], at: number, known: number[]): string | null {
  const [below, best, above] = [points[at - 1], points[at], points[at + 1]] as [Point, Point, Point]
  const other = above.score >= below.score ? above : below
  const [low, high] = [Math.min(best.value, other.value), Math.max(best.value, other.value)]
  if (!/^[-\d._eE+]+$/.test(best.raw) || known.some(value => value > low && value < high)) return null
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
