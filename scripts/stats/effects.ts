/**
 * Estimates the true effects behind a session's measured gains: a mixture fitted by expectation-maximisation, with the
 * luck (noise) of each head as a hidden variable. Selection needs no further correction: verdicts depend only on gains
 * that are in the data.
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
  /** Share of each component among the session's effects. */
  weights: Float64Array
  /** For each gain, in order, the probability that its effect is of each component. */
  memberships: Float64Array[]
}

/**
 * One gain and its likelihoods, row-major: a row per value of luck (for a keep, of its change), a column per component.
 */
interface Item {
  measured: Measured
  likelihood: Float64Array
  /** Likelihood per row under the whole mixture; recomputed at each iteration. */
  density: Float64Array
}

/**
 * Fits the mixture of true effects to the measured gains.
 *
 * @param session In order. The baseline counts as one run.
 * @param pseudo Pseudo-observations of each component: the prior, which dominates in a short session.
 * @param iterations Maximum; the fit ends when no weight changes by more than 0.001, since further steps sharpen the
 * mixture and hardly change the posteriors.
 */
export function fitEffects(session: Measured[], components: Component[], pseudo: number[], iterations = 40): Fit {
  const items = session.map((measured): Item => {
    const filled = likelihood(measured, components)
    return { measured, likelihood: filled, density: new Float64Array(filled.length / components.length) }
  })
  const epochs = split(items)
  const imagined = pseudo.reduce((sum, count) => sum + count, 0)
  let weights = Float64Array.from(pseudo, count => count / imagined)
  let memberships: Float64Array[] = []
  for (let i = 0, moved = 1; i < iterations && moved > 1e-3; i++) {
    memberships = explain(items, epochs, weights)
    const counts = Float64Array.from(pseudo)
    for (const shares of memberships) for (let j = 0; j < counts.length; j++) counts[j] = at(counts, j) + at(shares, j)
    const next = counts.map(count => count / (session.length + imagined))
    moved = Math.max(...next.map((weight, j) => Math.abs(weight - at(weights, j))))
    weights = next
  }
  return { weights, memberships }
}

function likelihood({ gain, runs, kept }: Measured, components: Component[]): Float64Array {
  const rows = kept ? changes : lucks
  const filled = new Float64Array(rows.length * components.length)
  let at = 0
  // Effect = gain + the head's luck − the candidate's luck. For a keep, averaged over a grid cell.
  for (const row of rows)
    for (const component of components)
      filled[at++] = kept
        ? component.mass(gain + row - step / 2, gain + row + step / 2) / step
        : component.density(gain + row, 1 / runs)
  return filled
}

/**
 * Splits the gains into one epoch per head. A keep ends an epoch; the next head's value is the mean of the keep's runs.
 */
function split(items: Item[]): Epoch[] {
  let epoch: Epoch = { runs: 1, discards: [], keep: null }
  const epochs = [epoch]
  for (const { measured, density } of items) {
    if (!measured.kept) epoch.discards.push(density)
    else {
      epoch.keep = density
      epoch = { runs: measured.runs, discards: [], keep: null }
      epochs.push(epoch)
    }
  }
  return epochs
}

/** Memberships of all gains, in order, under these weights. */
function explain(items: Item[], epochs: Epoch[], weights: Float64Array): Float64Array[] {
  for (const item of items) mix(item, weights)
  const smoothed = smooth(epochs)
  let q = 0
  return items.map(item => {
    const { luck, change } = smoothed[q] as (typeof smoothed)[number]
    if (item.measured.kept) q++
    return membership(item, item.measured.kept && change ? change : luck, weights)
  })
}

/** Sets `density`; always above 0, so that it can be divided by. */
function mix({ likelihood, density }: Item, weights: Float64Array): void {
  const n = weights.length
  for (let k = 0; k < density.length; k++) {
    let sum = 1e-300
    for (let j = 0; j < n; j++) sum += at(weights, j) * at(likelihood, k * n + j)
    density[k] = sum
  }
}

/** Share of each component in a gain, averaged over the posterior of its luck. */
function membership({ likelihood, density }: Item, posterior: Float64Array, weights: Float64Array): Float64Array {
  const n = weights.length
  const shares = new Float64Array(n)
  for (let k = 0; k < posterior.length; k++) {
    // A row contributes its posterior in total, so skipped rows are negligible against the fit's tolerance of 0.001.
    if (at(posterior, k) < 1e-9) continue
    const factor = at(posterior, k) / at(density, k)
    for (let j = 0; j < n; j++) shares[j] = at(shares, j) + factor * at(likelihood, k * n + j)
  }
  return shares.map((share, j) => share * at(weights, j))
}

/** An element; indices here stay within bounds. */
const at = (values: Float64Array, i: number): number => values[i] as number
