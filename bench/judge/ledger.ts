/** Estimates the true effects of a real session's changes; simulated sessions draw from them. */
import { bar } from '../../scripts/stats/components.ts'
import { fitEffects, type Measured, tabulate } from '../../scripts/stats/effects.ts'
import type { Random } from '../../scripts/stats/random.ts'
import ledger from './karpathy-mar8.json' with { type: 'json' }
import type { Change } from './records.ts'

/**
 * σ of one run in that session, from its only pair of seeds with the same tree: |0.973799 − 0.973104| / √2 = 0.00049.
 */
export const LEDGER_SIGMA = 0.0005
/** Number of measured experiments in that session. */
export const LEDGER_LENGTH = ledger.values.length - 1
/** Its best single run against the baseline, and its keeps. */
export const LEDGER_CLAIM = { gain: 0.9979 - 0.969686, keeps: ledger.kept.length - 1 }

/** Length of the opening: 10 of the first 13 experiments were kept, 12 of the other 111. */
const OPENING_LENGTH = 13
/**
 * Bin edges of a histogram of effects, in σ: fine around zero, coarse where one run shows the effect. Zero is inside a
 * bin, since no run shows the sign of an effect of 0.1σ.
 */
const EDGES = [
  -32, -24, -16, -12, -8, -6, -5, -4, -3.25, -2.75, -2.25, -1.75, -1.25, -0.75, -0.25, 0.25, 0.75, 1.25, 1.75, 2.25, 3,
  4, 6, 8, 12, 26,
]
const BARS = EDGES.slice(1).map((high, i) => ({ low: EDGES[i] ?? high, high }))

/** Draws the change of experiment `i` of a session, from 0. */
export type Draw = (random: Random, i: number) => Change

/**
 * Draws changes like those of the ledger. To remove noise from its measured gains, histograms of true effects are
 * fitted with the model of stats/effects.ts, one for the opening and one for the rest; they do not share the
 * assumptions of stats/chance.ts. Losses beyond 30σ count as 30σ.
 */
export function changesOfLedger(): Draw {
  const session = measuredGains()
  const phases = [session.slice(0, OPENING_LENGTH), session.slice(OPENING_LENGTH)].map(histogram)
  return (random, i) => {
    const weights = phases[i < OPENING_LENGTH ? 0 : 1] ?? []
    let left = random.uniform()
    const { low, high } = BARS.find((_, j) => {
      left -= weights[j] ?? 0
      return left < 0
    }) ?? { low: 0, high: 0 }
    return { effect: (low + random.uniform() * (high - low)) * LEDGER_SIGMA, ...lines(random) }
  }
}

/** A session on a tuned trainer: the ledger's changes without its opening. */
export const afterOpening =
  (draw: Draw): Draw =>
  (random, i) =>
    draw(random, i + OPENING_LENGTH)

function measuredGains(): Measured[] {
  const kept = new Set(ledger.kept)
  let best = { number: 0, value: ledger.values[0] ?? 0 }
  return ledger.values.slice(1).map((value, i) => {
    const number = i + 1
    const gain = Math.max(-30, (best.value - value) / LEDGER_SIGMA)
    const head = { number: best.number, runs: 1 }
    if (kept.has(number)) best = { number, value }
    return { number, gain, runs: 1, kept: kept.has(number), head }
  })
}

/** Weight of each bin; a small pseudo-count is added to every bin. */
function histogram(session: Measured[]): number[] {
  const components = BARS.map(({ low, high }) => bar(low, high))
  const pseudo = BARS.map(() => 0.001)
  return [...fitEffects(session, tabulate(components), pseudo).weights]
}

/**
 * Line counts are assumed, since the ledger lacks the discards' and all its keeps replace single lines: independent of
 * the effect, 60% of changes replace one line, 30% add lines (geometric, mean 8), 10% remove as many.
 */
function lines(random: Random): { linesAdded: number; linesRemoved: number } {
  const kind = random.uniform()
  const many = Math.ceil(Math.log(1 - random.uniform()) / Math.log(1 - 1 / 8)) || 1
  if (kind < 0.6) return { linesAdded: 1, linesRemoved: 1 }
  return kind < 0.9 ? { linesAdded: many, linesRemoved: 0 } : { linesAdded: 0, linesRemoved: many }
}
