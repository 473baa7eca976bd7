/**
 * Which true effects lie behind a night's measured gains: a mixture fitted by expectation-maximisation, the luck of
 * each best counted in. Selection needs no further correction: a verdict depends on nothing but gains that are in the
 * data, so the kept are no different from the others once the luck is known.
 */
import type { Component } from './components.ts'
import { changes, type Epoch, lucks, smooth, step } from './luck.ts'

/** One measured gain in units of σ, positive is better; its candidate's value is the mean of `runs` runs. */
export interface Measured {
  gain: number
  runs: number
  kept: boolean
}

export interface Fit {
  /** Share of each component among the night's effects. */
  weights: Float64Array
  /** For each gain, in order, the probability that its effect is of each component. */
  memberships: Float64Array[]
}

/** A gain as each component explains it, row-major: a row a luck (for a keep a change of luck), a column a component. */
interface Item {
  measured: Measured
  likelihood: Float64Array
}

/**
 * @param night In order. The baseline that it begins with is taken for one run.
 * @param pseudo Imaginary effects of each component, added to those counted: what is believed of a short night.
 * @param iterations At most; it ends when no weight moves by more than 0.001. Going on sharpens the mixture, not the
 * posteriors.
 */
export function fitEffects(night: Measured[], components: Component[], pseudo: number[], iterations = 40): Fit {
  const items = night.map(measured => ({ measured, likelihood: likelihood(measured, components) }))
  const imagined = pseudo.reduce((sum, count) => sum + count, 0)
  let weights = Float64Array.from(pseudo, count => count / imagined)
  let memberships: Float64Array[] = []
  for (let i = 0, moved = 1; i < iterations && moved > 1e-3; i++) {
    memberships = explain(items, weights)
    const counts = Float64Array.from(pseudo)
    for (const shares of memberships) for (let j = 0; j < counts.length; j++) counts[j] = at(counts, j) + at(shares, j)
    const next = counts.map(count => count / (night.length + imagined))
    moved = Math.max(...next.map((weight, j) => Math.abs(weight - at(weights, j))))
    weights = next
  }
  return { weights, memberships }
}

function likelihood({ gain, runs, kept }: Measured, components: Component[]): Float64Array {
  const rows = kept
    ? // Effect = gain + the best's luck − the candidate's own, averaged over a cell of the grid.
      [...changes].map(change => {
        const [low, high] = [gain + change - step / 2, gain + change + step / 2]
        return components.map(component => component.mass(low, high) / step)
      })
    : [...lucks].map(luck => components.map(component => component.density(gain + luck, 1 / runs)))
  return Float64Array.from(rows.flat())
}

/** Memberships of all gains, in order, under these weights. */
function explain(items: Item[], weights: Float64Array): Float64Array[] {
  const densities = items.map(item => mix(item.likelihood, weights))
  const smoothed = smooth(split(items, densities))
  let q = 0
  return items.map(({ measured, likelihood }, i) => {
    const { luck, change } = smoothed[q] as (typeof smoothed)[number]
    if (measured.kept) q++
    const posterior = measured.kept && change ? change : luck
    return membership(likelihood, densities[i] as Float64Array, posterior, weights)
  })
}

/** A keep ends an epoch; the luck of the next best is that of the mean it was kept with. */
function split(items: Item[], densities: Float64Array[]): Epoch[] {
  let epoch: Epoch = { runs: 1, discards: [], keep: null }
  const epochs = [epoch]
  items.forEach(({ measured }, i) => {
    const density = densities[i] as Float64Array
    if (!measured.kept) epoch.discards.push(density)
    else {
      epoch.keep = density
      epoch = { runs: measured.runs, discards: [], keep: null }
      epochs.push(epoch)
    }
  })
  return epochs
}

/** Likelihood by row under the whole mixture; never quite 0, so that it can be divided by. */
function mix(likelihood: Float64Array, weights: Float64Array): Float64Array {
  const n = weights.length
  const mixed = new Float64Array(likelihood.length / n)
  for (let k = 0; k < mixed.length; k++) {
    let sum = 1e-300
    for (let j = 0; j < n; j++) sum += at(weights, j) * at(likelihood, k * n + j)
    mixed[k] = sum
  }
  return mixed
}

/** Share of each component in a gain, over the posterior of the luck behind it. */
function membership(likelihood: Float64Array, density: Float64Array, posterior: Float64Array, weights: Float64Array) {
  const n = weights.length
  const shares = new Float64Array(n)
  for (let k = 0; k < posterior.length; k++) {
    const factor = at(posterior, k) / at(density, k)
    if (factor > 0) for (let j = 0; j < n; j++) shares[j] = at(shares, j) + factor * at(likelihood, k * n + j)
  }
  return shares.map((share, j) => share * at(weights, j))
}

/** An element that is there: indices here stay within bounds. */
const at = (values: Float64Array, i: number): number => values[i] as number
