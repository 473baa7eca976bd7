/**
 * Looking more than once: at which level each look at growing data may decide, so that all of them together err in at
 * most one case in twenty. Error spending after Lan and DeMets (1983), Discrete sequential boundaries for clinical
 * trials, Biometrika 70(3); the levels by the recursion of Armitage, McPherson and Rowe (1969), Repeated significance
 * tests on accumulating data, JRSS A 132(2); taken over from the normal to Student's t as Pocock (1977), Biometrika
 * 64(2), does. The intervals at these levels are the repeated confidence intervals of Jennison and Turnbull (1989),
 * JRSS B 51(3): all of them together hold the truth in 95 of 100 cases, whoever looks, decides or goes on.
 */
import { bisect } from 'simple-statistics'
import { normalCdf, normalDensity } from './distributions.ts'

/** Error of all looks together, both sides. */
const error = 0.05
/**
 * Share of it that the first look spends; as many pairs again spend the same share of what is left, and so on for ever:
 * there is always some left for another confirm by hand. Less would cost the first look, more the extra pairs.
 */
const firstShare = 2 / 3
/** Points of the grid on which a look's undecided sums are followed: the levels are then right to four digits. */
const GRID_POINTS = 161
/** Levels below this are beyond the precision of the normal distribution function; a hundred such looks add nothing. */
const MIN_LEVEL = 2e-6

/** More pairs than this decide nothing that is worth their time: the gain is then smaller than anyone can use. */
export const MAX_PAIRS = 12

/** Pairs that may follow the planned ones while they leave it undecided: as many again, `mostPairs` with all before. */
export const extraPairs = (planned: number, before: number): number =>
  Math.max(0, Math.min(planned, MAX_PAIRS - before - planned))

/** Sums (gain × information) of the cases that are undecided so far: where they may lie, and how likely each is. */
interface Undecided {
  pairs: number
  sums: number[]
  weights: number[]
}

/**
 * Two-sided error that the last look may make.
 *
 * @param looks pairs of runs at each look so far, in order, more each time; the last one is the present look
 * @throws {RangeError} without a look, or when one has no more pairs than the one before
 */
export function levelOfLook(looks: number[]): number {
  const key = looks.join()
  const level = levels.get(key) ?? computeLevel(looks)
  levels.set(key, level)
  return level
}

/** A simulation asks for the same few levels thousands of times. */
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

/** Error spent when there are so many times the first look's pairs. */
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
