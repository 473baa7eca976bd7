/** The ledger as the tuner reads it: where each experiment stood on the knobs' axes, and what it brought. Pure. */
import { type Move, movesIn } from '../../analysis/source/constants.ts'
import type { Past } from '../agent.ts'
import { type Knob, type Place, placeOf } from './knobs.ts'

export interface Seen {
  number: number
  at: Place[]
  /** Indices of the knobs it moved against the best it was made from, and from where. */
  moved: { knob: number; from: Place; to: Place }[]
  /**
   * Over the present best; in units that suit the session, see `remember`. null: not measured, or its diff did
   * more than move knobs.
   */
  gain: number | null
  /** Over the best it was judged against, as above; also where the diff did more. */
  own: number | null
  /** Whether its diff does nothing but move knobs. */
  pure: boolean
  /** null: it waits for its verdict. */
  status: Past['status']
}

export interface Memory {
  seen: Seen[]
  /** The present best, on the knobs' axes. */
  best: Place[]
  /** Standard deviation of a measured gain's noise, in units. */
  noise: number
  /** Whether that is known. */
  knowsNoise: boolean
}

/**
 * Goes back from the present best: a kept change is taken out again, one that was not kept stood beside the best of its
 * time. Changes of anything but knobs shift the level without moving a place, so what came before them still counts.
 */
export function remember(history: Past[], knobs: Knob[], sigma: number | null): Memory {
  const sizes = history.flatMap(({ gain }) => (gain === null || gain === 0 ? [] : [Math.abs(gain)]))
  const usual = median(sizes) || 1
  const knowsNoise = sigma !== null && sigma > 0
  // Where changes are worth hundreds of σ, as early in a session, σ says little about them.
  const unit = knowsNoise ? Math.max(sigma, usual / 20) : usual
  const index = new Map(knobs.map((knob, i) => [`${knob.file}\0${knob.name}`, i]))
  const best = knobs.map(knob => placeOf(knob, knob.now))
  const now = [...best]
  let level = 0
  const seen: Seen[] = []
  for (const past of history.toReversed()) {
    const moves = movesIn(past.patch)
    const moved = moves.flatMap(move => place(move, knobs, index))
    const at = [...now]
    for (const { knob, to } of moved) at[knob] = to
    const own = ownGain(past, unit)
    const pure = moved.length > 0 && moved.length === moves.length && isOnly(moves, past.patch)
    const here = { number: past.number, at, moved, own, pure, status: past.status }
    if (past.status === 'keep') {
      for (const { knob, from } of moved) now[knob] = from
      seen.push({ ...here, gain: pure && own !== null ? level : null })
      if (pure) level -= own ?? 0
    } else {
      const gain = pure && own !== null ? level + own : null
      seen.push({ ...here, gain })
    }
  }
  // Where it all began was measured as well.
  if (seen.length > 0) seen.push({ number: 0, at: now, moved: [], own: 0, gain: level, pure: true, status: 'keep' })
  return { seen: seen.reverse(), best, knowsNoise, noise: knowsNoise ? Math.max(0.05, sigma / unit) : 0.1 }
}

function place(move: Move, knobs: Knob[], index: Map<string, number>): Seen['moved'] {
  const i = index.get(`${move.file}\0${move.name}`)
  const knob = i === undefined ? undefined : knobs[i]
  return i === undefined || !knob ? [] : [{ knob: i, from: placeOf(knob, move.from), to: placeOf(knob, move.to) }]
}

/** A verdict without a number counts as one unit either way; what waits or failed has none. */
function ownGain({ status, gain }: Past, unit: number): number | null {
  if (gain !== null) return gain / unit
  if (status === 'keep') return 1
  return status === 'discard' ? -1 : null
}

/** Whether a patch does nothing but these moves. */
const isOnly = (moves: Move[], patch: string): boolean =>
  patch.split('\n').filter(line => /^[-+](?!--|\+\+)/.test(line)).length === 2 * moves.length

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
