/** The ledger as the tuner reads it: each experiment's position on the knobs' axes and its gain. Pure. */
import { type Move, movesIn } from '../../analysis/source/constants.ts'
import type { PastExperiment } from '../agent.ts'
import { type Knob, type Position, positionOf } from './knobs.ts'

export interface Observation {
  number: number
  position: Position[]
  /** Knobs, by index, that the experiment moved, relative to its parent. */
  moved: { knob: number; from: Position; to: Position }[]
  /** Over the present head, in units, see `readLedger`. null: not measured, or the diff changed more than knobs. */
  gain: number | null
  /** Over its own parent, in the same units; also where the diff changed more than knobs. */
  gainOverParent: number | null
  /** Whether the diff changes nothing but knobs. */
  onlyKnobs: boolean
  /** null: not judged yet. */
  status: PastExperiment['status']
}

export interface SearchState {
  observations: Observation[]
  /** Position of the present head. */
  head: Position[]
  /** Standard deviation of a measured gain's noise, in units. */
  noise: number
  /** false: `noise` is a default. */
  isNoiseKnown: boolean
}

/**
 * Positions and gains of all experiments relative to the present head. Walks back from it and undoes each keep. A keep
 * that changes other code shifts the level of the gains but no position, so experiments before it still count.
 * @param sigma standard deviation of one run, in units of the metric; null: unknown
 * @returns gains in units of max(σ, median gain / 20), or of the median gain where σ is unknown
 */
export function readLedger(history: PastExperiment[], knobs: Knob[], sigma: number | null): SearchState {
  const sizes = history.flatMap(({ gain }) => (gain === null || gain === 0 ? [] : [Math.abs(gain)]))
  const medianGain = median(sizes) || 1
  const isNoiseKnown = sigma !== null && sigma > 0
  // Early gains may be hundreds of σ, which is too small a unit for the model then.
  const unit = isNoiseKnown ? Math.max(sigma, medianGain / 20) : medianGain
  const index = new Map(knobs.map((knob, i) => [`${knob.file}\0${knob.name}`, i]))
  const head = knobs.map(knob => positionOf(knob, knob.now))
  const parent = [...head]
  let level = 0
  const observations: Observation[] = []
  for (const past of history.toReversed()) {
    const moves = movesIn(past.patch)
    const moved = moves.flatMap(move => knobMoves(move, knobs, index))
    const position = [...parent]
    for (const { knob, to } of moved) position[knob] = to
    const gainOverParent = gainInUnits(past, unit)
    const onlyKnobs = moved.length > 0 && moved.length === moves.length && hasOnlyMoves(moves, past.patch)
    const common = { number: past.number, position, moved, gainOverParent, onlyKnobs, status: past.status }
    if (past.status === 'keep') {
      for (const { knob, from } of moved) parent[knob] = from
      observations.push({ ...common, gain: onlyKnobs && gainOverParent !== null ? level : null })
      if (onlyKnobs) level -= gainOverParent ?? 0
    } else {
      const gain = onlyKnobs && gainOverParent !== null ? level + gainOverParent : null
      observations.push({ ...common, gain })
    }
  }
  if (observations.length > 0) {
    const baseline = { number: 0, position: parent, moved: [], gainOverParent: 0, gain: level }
    observations.push({ ...baseline, onlyKnobs: true, status: 'keep' })
  }
  const noise = isNoiseKnown ? Math.max(0.05, sigma / unit) : 0.1
  return { observations: observations.reverse(), head, isNoiseKnown, noise }
}

function knobMoves(move: Move, knobs: Knob[], index: Map<string, number>): Observation['moved'] {
  const i = index.get(`${move.file}\0${move.name}`)
  const knob = i === undefined ? undefined : knobs[i]
  return i === undefined || !knob ? [] : [{ knob: i, from: positionOf(knob, move.from), to: positionOf(knob, move.to) }]
}

/** A keep or discard without a measured gain counts as one unit; other verdicts as null. */
function gainInUnits({ status, gain }: PastExperiment, unit: number): number | null {
  if (gain !== null) return gain / unit
  if (status === 'keep') return 1
  return status === 'discard' ? -1 : null
}

/** Whether a patch changes nothing but these constants. */
const hasOnlyMoves = (moves: Move[], patch: string): boolean =>
  patch.split('\n').filter(line => /^[-+](?!--|\+\+)/.test(line)).length === 2 * moves.length

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
