/**
 * Sequential testing: the level at which each look at growing data may decide, so that all looks together have an error
 * of at most 5%. Error spending after Lan and DeMets (1983), Discrete sequential boundaries for clinical
 * trials, Biometrika 70(3); the levels by the recursion of Armitage, McPherson and Rowe (1969), Repeated significance
 * tests on accumulating data, JRSS A 132(2); taken over from the normal to Student's t as Pocock (1977), Biometrika
 * 64(2), does. The intervals at these levels are the repeated confidence intervals of Jennison and Turnbull (1989),
 * JRSS B 51(3): together they cover the true value in 95% of cases, whatever the stopping rule.
 */
import { bisect } from 'simple-statistics'
import { normalCdf, normalDensity } from './distributions.ts'

/** Two-sided error of all looks together. */
const error = 0.05
/**
 * Share of the error that the first look spends. Each further set of as many pairs spends the same share of the rest, so
 * some is always left for another confirm. A smaller share would widen the first interval, a larger one the later ones.
 */
const firstShare = 2 / 3
/** Grid points for the distribution of the undecided sums; the levels are then exact to four digits. */
const GRID_POINTS = 161
/** Levels below this exceed the precision of the normal distribution function; a hundred such looks are negligible. */
const MIN_LEVEL = 2e-6

/** A gain that is still inconclusive after this many pairs is too small to matter. */
export const MAX_PAIRS = 12

/** Pairs that may follow the planned ones while the result is inconclusive: as many again, at most `MAX_PAIRS` in total. */
export const extraPairs = (planned: number, before: number): number =>
  Math.max(0, Math.min(planned, MAX_PAIRS - before - planned))

/** Distribution of the sums (gain × information) of the cases that are undecided so far. */
interface Undecided {
  pairs: number
  sums: number[]
  weights: number[]
}

/**
 * The two-sided level of the last look.
 *
 * @param looks pairs of runs at each look so far, in order, more each time; the last one is the present look
 * @throws {RangeError} without a look, or when the pairs do not increase
 */
export function levelOfLook(looks: number[]): number {
  const key = looks.join()
  const level = levels.get(key) ?? computeLevel(looks)
  levels.set(key, level)
  return level
}

/** Cache: simulations ask for the same few levels thousands of times. */
const levels = new Map<string, number>()

function computeLevel(looks: number[]): number {
  const first = looks[0]
  if (first === undefined || looks.some((pairs, i) => !(pairs > (looks[i - 1] ?? 0))))
    throw new RangeError(`Looks have more pairs each time; got ${looks.join(', ') || 'none'}.`)
  let undecided: Undecided = { pairs: 0, sums: [0], weights: [1] }
  let level = 1
  for (const pairs of looks) {
    const due = Math.max(MIN_LEVEL, spent(pairs / first) - spent(undecided.pairs / first))
    const bound = bisect(z => leaving(undecided, pairs, z) - due, 0, 8, 100, 1e-9)
    level = 2 * (1 - normalCdf(bound))
    undecided = advance(undecided, pairs, bound)
  }
  return level
}

/** Error spent at a multiple of the first look's pairs. */
const spent = (times: number): number => error * (1 - (1 - firstShare) ** times)

/** Probability without a gain that a case undecided so far lies beyond ±z standard deviations at the next look. */
function leaving({ pairs: before, sums, weights }: Undecided, pairs: number, z: number): number {
  const [edge, sd] = [z * Math.sqrt(pairs), Math.sqrt(pairs - before)]
  return sums.reduce(
    (total, sum, i) => total + (weights[i] ?? 0) * (normalCdf((sum - edge) / sd) + normalCdf((-edge - sum) / sd)),
    0,
  )
}

/** The cases that are still undecided after a look with bound z. */
function advance({ pairs: before, sums, weights }: Undecided, pairs: number, z: number): Undecided {
  const [edge, sd] = [z * Math.sqrt(pairs), Math.sqrt(pairs - before)]
  const step = (2 * edge) / (GRID_POINTS - 1)
  const next = Array.from({ length: GRID_POINTS }, (_, j) => -edge + j * step)
  return {
    pairs,
    sums: next,
    // Trapezoids: the two ends count half.
    weights: next.map((to, j) => {
      const density = sums.reduce((total, from, i) => total + (weights[i] ?? 0) * normalDensity((to - from) / sd), 0)
      return (density / sd) * step * (j === 0 || j === GRID_POINTS - 1 ? 0.5 : 1)
    }),
  }
}
