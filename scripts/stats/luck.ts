/**
 * The luck of each head: how much the mean of its runs exceeds its true value. A measured gain is the effect + the
 * candidate's luck − the head's luck. All candidates measured against a head share its luck, and a kept candidate's luck
 * becomes the next head's. So the lucks of the heads are hidden variables on a tree, a chain where every head was built on
 * the last one. The sum-product algorithm (on a chain: forward-backward, Rabiner 1989) gives the posterior of each from
 * all gains of the session.
 */

/** A head, with the gains measured against it as likelihoods over the grids below. */
export interface Head {
  /** Number of runs that its value is the mean of. */
  runs: number
  /** The head that it was measured against, which comes earlier in the list; null for the baseline. */
  before: number | null
  /** Likelihood of its own gain over `changes`; null for the baseline. */
  keep: Float64Array | null
  /** For each discard measured against it, the likelihood of its gain over `lucks`. */
  discards: Float64Array[]
}

/** Posteriors given the whole session. */
export interface Smoothed {
  /** Of the head's luck, over `lucks`. */
  luck: Float64Array
  /** Of the luck of the head before it minus its own, over `changes`; null for the baseline. */
  change: Float64Array | null
}

/**
 * Grid step of luck, in σ; half of it changed no P(real) of four random sessions by more than 0.003. The grid goes from −4.5 to 4.5, wide enough for
 * the maximum of 10,000 runs.
 */
export const step = 0.25
const states = 37
export const lucks = Float64Array.from({ length: states }, (_, k) => (k - (states - 1) / 2) * step)
/** Grid of the change of luck: the old head's luck minus the new head's. */
export const changes = Float64Array.from({ length: 2 * states - 1 }, (_, d) => (d - states + 1) * step)

/** Discards whose likelihoods are multiplied before a logarithm is taken. */
const atOnce = 8

/** Posteriors of each head, in order. */
export function smooth(heads: Head[]): Smoothed[] {
  const children = heads.map((): number[] => [])
  heads.forEach(({ before }, q) => {
    if (before !== null) children[before]?.push(q)
  })
  const own = heads.map(ownLuck)
  const [later, messages] = backward(heads, own, children)
  // In order, so that the head before is known.
  const past: Float64Array[] = []
  return heads.map(({ before, keep }, q) => {
    const seen = later[q] as Float64Array
    if (before === null || !keep) {
      past.push(ones())
      return { luck: normalized(seen), change: null }
    }
    const siblings = (children[before] ?? []).filter(child => child !== q).map(child => messages[child] as Float64Array)
    const known = normalized(
      siblings.reduce(product, product(own[before] as Float64Array, past[before] as Float64Array)),
    )
    past.push(normalized(luckAfter(keep, known)))
    return {
      luck: normalized(product(seen, past[q] as Float64Array)),
      change: normalized(product(changesBetween(known, seen), keep)),
    }
  })
}

/**
 * Prior of a head's luck, normal with variance 1/runs, times the likelihood of all discards against it, up to a factor.
 * Logarithms avoid underflow.
 */
function ownLuck({ runs, discards }: Head): Float64Array {
  const logs = lucks.map(luck => (-runs * luck * luck) / 2)
  // A logarithm for several discards: their product does not underflow, and logarithms take most of the time.
  for (let first = 0; first < discards.length; first += atOnce) {
    const some = discards.slice(first, first + atOnce)
    for (let k = 0; k < states; k++) {
      let likelihood = 1
      for (const density of some) likelihood *= at(density, k)
      logs[k] = at(logs, k) + Math.log(likelihood + 1e-300)
    }
  }
  const most = Math.max(...logs)
  return logs.map(log => Math.exp(log - most))
}

/**
 * From the last head to the first: each head's luck given the gains measured against it and against all heads built on
 * it, and the likelihood of those for the luck of the head before it.
 */
function backward(heads: Head[], own: Float64Array[], children: number[][]): [Float64Array[], Float64Array[]] {
  const [later, messages]: [Float64Array[], Float64Array[]] = [[], []]
  for (let q = heads.length - 1; q >= 0; q--) {
    const ahead = (children[q] ?? []).map(child => messages[child] as Float64Array)
    const seen = normalized(ahead.reduce(product, own[q] as Float64Array))
    later[q] = seen
    const keep = heads[q]?.keep
    messages[q] = keep ? normalized(luckBefore(keep, seen)) : ones()
  }
  return [later, messages]
}

/** Likelihood of the new head's luck, summed over the old head's. */
function luckAfter(keep: Float64Array, before: Float64Array): Float64Array {
  const after = new Float64Array(states)
  for (let to = 0; to < states; to++) {
    let sum = 0
    for (let from = 0; from < states; from++) sum += at(before, from) * at(keep, from - to + states - 1)
    after[to] = sum
  }
  return after
}

/** Likelihood of the old head's luck, summed over the new head's. */
function luckBefore(keep: Float64Array, later: Float64Array): Float64Array {
  const before = new Float64Array(states)
  for (let from = 0; from < states; from++) {
    let sum = 0
    for (let to = 0; to < states; to++) sum += at(later, to) * at(keep, from - to + states - 1)
    before[from] = sum
  }
  return before
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

const ones = (): Float64Array => new Float64Array(states).fill(1)

function product(a: Float64Array, b: Float64Array): Float64Array {
  const result = new Float64Array(a.length)
  for (let k = 0; k < a.length; k++) result[k] = at(a, k) * at(b, k)
  return result
}

function normalized(values: Float64Array): Float64Array {
  let total = 0
  for (const value of values) total += value
  const scaled = new Float64Array(values.length)
  for (let k = 0; k < values.length; k++) scaled[k] = at(values, k) / total
  return scaled
}

/** An element; indices here stay within bounds. */
const at = (values: Float64Array, i: number): number => values[i] as number
