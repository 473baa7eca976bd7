/**
 * Estimates the true effects behind a session's measured gains: a mixture fitted by expectation-maximisation, with the
 * luck (noise) of each head as a hidden variable. Selection needs no further correction: verdicts and repeats depend only
 * on runs that are in the data.
 */
import type { Component } from './components.ts'
import { changes, type Head, lucks, type Smoothed, smooth, step } from './luck.ts'

/** One measured gain in units of σ, positive is better: the candidate's mean over `runs` runs against its head's mean. */
export interface Measured {
  /** Of the experiment. */
  number: number
  gain: number
  runs: number
  kept: boolean
  /**
   * The head that it was measured against, with the number of its runs. A head that is no earlier keep of the session is
   * a baseline.
   */
  head: { number: number; runs: number }
  /**
   * Gains of the candidate's runs on earlier heads, one run each, before it was rebased. Without them an earlier head would
   * look lucky, for only candidates that did not beat it would be left.
   */
  earlier?: { gain: number; head: { number: number; runs: number } }[]
}

export interface Fit {
  /** Share of each component among the session's effects. */
  weights: Float64Array
  /** For each gain, in order, the probability that its effect is of each component. */
  memberships: Float64Array[]
}

/**
 * One gain and its likelihoods, row-major: a row per value of luck (for a keep, of its change), a column per component.
 */
interface Item {
  likelihood: Float64Array
  /** Likelihood per row under the whole mixture; recomputed at each iteration. */
  density: Float64Array
  /** Index among the heads of the one it was measured against, or, for a keep, of the one that it became. */
  head: number
  /** For a keep, what its head tells of the change of luck: `density`, times the likelihood of its earlier gains. */
  change: Float64Array | null
  /** For a keep: how much better each earlier gain was than its last, and the index of the head of that time. */
  earlier: { excess: number; head: number }[]
  /** Whether it is the earlier gain of an experiment, which is counted by its last. */
  isEarlier: boolean
}

/**
 * Fits the mixture of true effects to the measured gains.
 *
 * @param session In order.
 * @param pseudo Pseudo-observations of each component: the prior, which dominates in a short session.
 * @param iterations Maximum; the fit ends when no weight changes by more than 0.001, since further steps sharpen the
 * mixture and hardly change the posteriors.
 */
export function fitEffects(
  session: Measured[],
  tables: Tables,
  pseudo: number[],
  { iterations = 40, start }: { iterations?: number; start?: Float64Array | undefined } = {},
): Fit {
  const { items, heads } = arrange(session, tables)
  const imagined = pseudo.reduce((sum, count) => sum + count, 0)
  let weights = start ?? Float64Array.from(pseudo, count => count / imagined)
  let memberships: Float64Array[] = []
  let smoothed: Smoothed[] = []
  for (let i = 0, moved = 1; i < iterations && moved > 1e-3; i++) {
    for (const item of items) mix(item, heads, smoothed, weights)
    smoothed = smooth(heads)
    memberships = items.flatMap(item => (item.isEarlier ? [] : [membership(item, posterior(item, smoothed), weights)]))
    const counts = Float64Array.from(pseudo)
    for (const shares of memberships) for (let j = 0; j < counts.length; j++) counts[j] = at(counts, j) + at(shares, j)
    const next = counts.map(count => count / (session.length + imagined))
    moved = Math.max(...next.map((weight, j) => Math.abs(weight - at(weights, j))))
    weights = next
  }
  return { weights, memberships }
}

/** Books each gain to its head; a keep becomes a head itself. */
function arrange(session: Measured[], tables: Tables): { items: Item[]; heads: Head[] } {
  const heads: Head[] = []
  const indices = new Map<number, number>()
  const indexOf = ({ number, runs }: { number: number; runs: number }): number => {
    const known = indices.get(number)
    if (known !== undefined) return known
    indices.set(number, heads.length)
    return heads.push({ runs, before: null, keep: null, discards: [] }) - 1
  }
  const blank = (likelihood: Float64Array, head: number) => {
    const density = new Float64Array(likelihood.length / tables.columns)
    return { likelihood, density, head, change: null, earlier: [], isEarlier: false }
  }
  const against = (head: number, gain: number, runs: number): Item => {
    // Effect = gain + the head's luck − the candidate's luck.
    const item = blank(tables.read(tables.density(runs), gain, lucks), head)
    heads[head]?.discards.push(item.density)
    return item
  }
  const items = session.flatMap(({ number, gain, runs, kept, head, earlier = [] }): Item[] => {
    const before = indexOf(head)
    const first = earlier.map(one => ({ ...against(indexOf(one.head), one.gain, 1), isEarlier: true }))
    if (!kept) return [...first, against(before, gain, runs)]
    // Averaged over a cell of the grid.
    const item = blank(tables.read(tables.mass(), gain, changes), heads.length)
    const change = earlier.length === 0 ? item.density : new Float64Array(item.density.length)
    indices.set(number, heads.length)
    heads.push({ runs, before, keep: change, discards: [] })
    const excess = earlier.map(one => ({ excess: one.gain - gain, head: indexOf(one.head) }))
    return [...first, { ...item, change, earlier: excess }]
  })
  return { items, heads }
}

/** Of the luck that an item's rows are for. */
function posterior({ head, change }: Item, smoothed: Smoothed[]): Float64Array {
  const found = smoothed[head] as Smoothed
  return (change && found.change) ?? found.luck
}

/** Sets `density` and `change`; always above 0, so that they can be divided by. @param smoothed of the last iteration */
function mix(
  { likelihood, density, change, earlier }: Item,
  heads: Head[],
  smoothed: Smoothed[],
  weights: Float64Array,
) {
  const n = weights.length
  for (let k = 0, i = 0; k < density.length; k++) {
    let sum = 1e-300
    for (let j = 0; j < n; j++) sum += at(weights, j) * at(likelihood, i++)
    density[k] = sum
  }
  if (!change || change === density) return
  change.set(density)
  for (const { excess, head } of earlier) {
    // The effect is the gain + the change of luck, and also the earlier gain + that head's luck − that run's.
    const { mean, variance } = moments(smoothed[head]?.luck, heads[head]?.runs ?? 1)
    for (let k = 0; k < change.length; k++)
      change[k] = at(change, k) * Math.exp(-((excess + mean - at(changes, k)) ** 2) / 2 / (1 + variance)) + 1e-300
  }
}

/** Mean and variance of a head's luck; of its prior before the first iteration. */
function moments(luck: Float64Array | undefined, runs: number): { mean: number; variance: number } {
  if (!luck) return { mean: 0, variance: 1 / runs }
  let [mean, square] = [0, 0]
  for (let k = 0; k < luck.length; k++) {
    mean += at(luck, k) * at(lucks, k)
    square += at(luck, k) * at(lucks, k) ** 2
  }
  return { mean, variance: square - mean ** 2 }
}

/** Share of each component in a gain, averaged over the posterior of its luck. */
function membership({ likelihood, density }: Item, posterior: Float64Array, weights: Float64Array): Float64Array {
  const n = weights.length
  const shares = new Float64Array(n)
  for (let k = 0; k < posterior.length; k++) {
    // A row contributes its posterior in total, so skipped rows are negligible against the fit's tolerance of 0.001.
    if (at(posterior, k) < 1e-6) continue
    const factor = at(posterior, k) / at(density, k)
    for (let j = 0; j < n; j++) shares[j] = at(shares, j) + factor * at(likelihood, k * n + j)
  }
  for (let j = 0; j < n; j++) shares[j] = at(shares, j) * at(weights, j)
  return shares
}

/**
 * Likelihoods of the components on a grid of gains, computed once and shared by all fits: a session of a hundred
 * experiments needs some fifty thousand values at each of several σ.
 */
export interface Tables {
  columns: number
  /** Density of a measured gain whose candidate's mean is of `runs` runs, by the effect plus the head's luck. */
  density(runs: number): Float64Array
  /** Mean density over a cell of luck. */
  mass(): Float64Array
  /** Values at a gain plus each luck of a grid in steps of luck: a row per luck, a column per component. */
  read(table: Float64Array, gain: number, grid: Float64Array): Float64Array
}

/** Grid of the tables, in σ: from −50 to 50, which a gain of 40σ and a change of luck of 9σ do not exceed. */
const reach = 50
const fineness = 0.05

export function tabulate(components: Component[]): Tables {
  const columns = components.length
  const last = Math.round((2 * reach) / fineness)
  const made = new Map<number | 'mass', Float64Array>()
  const table = (key: number | 'mass', value: (component: Component, x: number) => number): Float64Array => {
    const known = made.get(key)
    if (known) return known
    const filled = new Float64Array((last + 1) * columns)
    for (let i = 0, at = 0; i <= last; i++)
      for (const component of components) filled[at++] = value(component, i * fineness - reach)
    made.set(key, filled)
    return filled
  }
  return {
    columns,
    density: runs => table(runs, (component, x) => component.density(x, 1 / runs)),
    mass: () => table('mass', (component, x) => component.mass(x - step / 2, x + step / 2) / step),
    read(from, gain, grid) {
      const filled = new Float64Array(grid.length * columns)
      const stride = Math.round(step / fineness) * columns
      const place = (gain + at(grid, 0) + reach) / fineness
      const low = Math.max(0, Math.min(last - 1, Math.floor(place)))
      // Between two rows of the table; the same share for each luck, since its step is a multiple of the table's.
      const share = Math.max(0, Math.min(1, place - low))
      for (let k = 0, to = 0; k < grid.length; k++)
        for (let j = 0, i = low * columns + k * stride; j < columns; j++, i++)
          filled[to++] = (1 - share) * at(from, i) + share * at(from, i + columns)
      return filled
    },
  }
}

/** An element; indices here stay within bounds. */
const at = (values: Float64Array, i: number): number => values[i] as number
