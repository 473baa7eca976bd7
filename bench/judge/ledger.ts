/** What changes of a real session did in truth, as well as can be told: the effects that simulated sessions draw from. */
import { bar } from '../../scripts/stats/components.ts'
import { fitEffects, type Measured } from '../../scripts/stats/effects.ts'
import type { Random } from '../../scripts/stats/random.ts'
import ledger from './karpathy-mar8.json' with { type: 'json' }

/** A proposed change: its true effect in the metric's unit, positive is better, and its lines. */
export interface Change {
  effect: number
  linesAdded: number
  linesRemoved: number
}

/** σ of one run in that session: its one pair of seeds of a same tree, |0.973799 − 0.973104| / √2 = 0.00049. */
export const LEDGER_SIGMA = 0.0005
/** Experiments with a metric in that session. */
export const LEDGER_LENGTH = ledger.values.length - 1
/** What it claimed: baseline − best, and its keeps. */
export const LEDGER_CLAIM = { gain: 0.9979 - 0.969686, keeps: ledger.kept.length - 1 }

/** Where the session dried up: of its first 13 experiments 10 were kept, of the other 111 it was 12. */
const OPENING_LENGTH = 13
/**
 * Edges of a histogram of effects, in σ: fine around zero, coarse where a single run tells the effect anyway. Zero is
 * inside a bar, not an edge: no run tells on which side of zero an effect of a tenth of σ lies, so the fit must not say.
 */
const EDGES = [
  -32, -24, -16, -12, -8, -6, -5, -4, -3.25, -2.75, -2.25, -1.75, -1.25, -0.75, -0.25, 0.25, 0.75, 1.25, 1.75, 2.25, 3,
  4, 6, 8, 12, 26,
]
const BARS = EDGES.slice(1).map((high, i) => ({ low: EDGES[i] ?? high, high }))

/** Draws the change that experiment `i` of a session (from 0) tries. */
export type Draw = (random: Random, i: number) => Change

/**
 * Changes like those of the ledger. Its measured gains are freed of noise by fitting histograms of true effects, one to
 * the opening and one to the rest, in the model of stats/effects.ts; they know nothing of the shapes that
 * stats/chance.ts assumes, nor does that know of an opening. Losses beyond 30σ count as 30σ.
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

/** A session on a trainer that is tuned already: the ledger's changes without its opening. */
export const afterOpening =
  (draw: Draw): Draw =>
  (random, i) =>
    draw(random, i + OPENING_LENGTH)

/** A barren session: nothing of the opening, and nine of ten gains turned into losses of the same size. */
export function barren(draw: Draw): Draw {
  return (random, i) => {
    const change = draw(random, i + OPENING_LENGTH)
    return random.uniform() < 0.1 ? change : { ...change, effect: -Math.abs(change.effect) }
  }
}

function measuredGains(): Measured[] {
  const kept = new Set(ledger.kept)
  let best = ledger.values[0] ?? 0
  return ledger.values.slice(1).map((value, i) => {
    const gain = Math.max(-30, (best - value) / LEDGER_SIGMA)
    if (kept.has(i + 1)) best = value
    return { gain, runs: 1, kept: kept.has(i + 1) }
  })
}

/** Share of each bar among the true effects; next to nothing is added to bars that no gain speaks for. */
function histogram(session: Measured[]): number[] {
  const components = BARS.map(({ low, high }) => bar(low, high))
  const pseudo = BARS.map(() => 0.001)
  return [...fitEffects(session, components, pseudo).weights]
}

/**
 * Lines are an assumption, since the ledger's discards are lost and its keeps are all one line for one: six changes in
 * ten move a constant, three add lines (geometric, 8 on average), one removes as many; whatever the effect.
 */
function lines(random: Random): { linesAdded: number; linesRemoved: number } {
  const kind = random.uniform()
  const many = Math.ceil(Math.log(1 - random.uniform()) / Math.log(1 - 1 / 8)) || 1
  if (kind < 0.6) return { linesAdded: 1, linesRemoved: 1 }
  return kind < 0.9 ? { linesAdded: many, linesRemoved: 0 } : { linesAdded: 0, linesRemoved: many }
}
