/**
 * The luck of each head: how much its measured value exceeds its true one. A measured gain is the effect + the
 * candidate's luck − the head's luck. All candidates judged against a head share its luck, which is that of the
 * candidate that became the head. So the luck of successive heads is a hidden Markov chain that moves at each keep; the
 * forward-backward algorithm (Rabiner 1989) gives its posterior from all gains of the session.
 */
import { normalDensity } from './distributions.ts'

/** All gains that were judged against one head, as likelihoods over the grids below. */
export interface Epoch {
  /** Number of runs that the head's value is the mean of. */
  runs: number
  /** Per discard, the likelihood of its gain over `lucks`. */
  discards: Float64Array[]
  /** Likelihood of the gain of the keep that ended the epoch, over `changes`; null in the last epoch. */
  keep: Float64Array | null
}

/** Posteriors given the whole session. */
export interface Smoothed {
  /** Of the head's luck, over `lucks`. */
  luck: Float64Array
  /** Of the change of luck at the keep, over `changes`; null without a keep. */
  change: Float64Array | null
}

/** Grid step of luck, in σ: the grid goes from −4.5 to 4.5, wide enough for the maximum of 10,000 runs. */
export const step = 0.25
const states = 37
export const lucks = Float64Array.from({ length: states }, (_, k) => (k - (states - 1) / 2) * step)
/** Grid of the change of luck: the old head's luck minus the new head's. */
export const changes = Float64Array.from({ length: 2 * states - 1 }, (_, d) => (d - states + 1) * step)

/** Posteriors of each epoch, in order, by the forward-backward algorithm. */
export function smooth(epochs: Epoch[]): Smoothed[] {
  const own = epochs.map(({ runs, discards }) => product(prior(runs), evidence(discards)))
  const past = forward(epochs, own)
  const smoothed: Smoothed[] = []
  let later: Float64Array | null = null
  for (let q = epochs.length - 1; q >= 0; q--) {
    const [keep, before] = [(epochs[q] as Epoch).keep, past[q] as Float64Array]
    const ahead: Float64Array = keep && later ? luckBefore(keep, later) : lucks.map(() => 1)
    smoothed[q] = {
      luck: normalized(product(before, ahead)),
      change: keep && later && normalized(product(changesBetween(before, later), keep)),
    }
    later = normalized(product(own[q] as Float64Array, ahead))
  }
  return smoothed
}

/** Prior of a head's luck: normal, with variance 1/runs. */
const prior = (runs: number): Float64Array => lucks.map(luck => normalDensity(luck * Math.sqrt(runs)))

/** Likelihood of a head's luck from all discards against it, up to a factor. Logarithms avoid underflow. */
function evidence(discards: Float64Array[]): Float64Array {
  const logs = new Float64Array(states)
  for (const density of discards) for (let k = 0; k < states; k++) logs[k] = at(logs, k) + Math.log(at(density, k))
  const most = Math.max(...logs)
  return logs.map(log => Math.exp(log - most))
}

/** Luck of each head, given all gains up to its last discard. */
function forward(epochs: Epoch[], own: Float64Array[]): Float64Array[] {
  let past: Float64Array = lucks.map(() => 1)
  return epochs.map(({ keep }, q) => {
    const seen = normalized(product(own[q] as Float64Array, past))
    if (keep) past = luckAfter(keep, seen)
    return seen
  })
}

/** Likelihood of the new head's luck, summed over the old head's. */
function luckAfter(keep: Float64Array, before: Float64Array): Float64Array {
  return lucks.map((_, to) => {
    let sum = 0
    for (let from = 0; from < states; from++) sum += at(before, from) * at(keep, from - to + states - 1)
    return sum
  })
}

/** Likelihood of the old head's luck, summed over the new head's. */
function luckBefore(keep: Float64Array, later: Float64Array): Float64Array {
  return lucks.map((_, from) => {
    let sum = 0
    for (let to = 0; to < states; to++) sum += at(later, to) * at(keep, from - to + states - 1)
    return sum
  })
}

/** Weight of each change of luck from one head to the next. */
function changesBetween(before: Float64Array, later: Float64Array): Float64Array {
  const weights = new Float64Array(changes.length)
  for (let from = 0; from < states; from++)
    for (let to = 0; to < states; to++) {
      const d = from - to + states - 1
      weights[d] = at(weights, d) + at(before, from) * at(later, to)
    }
  return weights
}

const product = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, k) => value * at(b, k))

function normalized(values: Float64Array): Float64Array {
  let total = 0
  for (const value of values) total += value
  return values.map(value => value / total)
}

/** An element; indices here stay within bounds. */
const at = (values: Float64Array, i: number): number => values[i] as number
