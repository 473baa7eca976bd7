/** One session of a machine. Pure. */
import type { Confirmed } from '../../../scripts/stats/confirm.ts'
import type { View } from '../view.ts'
import { type Speed, speedOf } from './speed.ts'

export interface MachineSession {
  view: View
  /** Equal where baselines compare: same editable files, budget and data; null where the files are not known. */
  code: string | null
  speed: Speed
  hours: number | null
  experimentsPerHour: number | null
  /** Fraction of the session. */
  idle: number | null
  /** Confirmed, else claimed; positive is better. */
  gain: number | null
  confirmed: Confirmed | null
  /** Gain per hour without confirm runs; null for less than an hour. */
  gainPerHour: number | null
}

/** @param codes hashes of the editable files by session id (`codeHashes`) */
export function machineSession(view: View, codes: Map<string, string>): MachineSession {
  const { digest, experiments } = view
  const code = codes.get(view.id)
  const time = digest && digest.time.total > 0 ? digest.time : null
  const hours = time && time.total / 3600
  const searching = time ? (time.total - time.confirming) / 3600 : 0
  const confirmed = digest?.confirmed ?? null
  const gain = confirmed?.gain ?? view.gain
  return {
    view,
    hours,
    gain,
    confirmed,
    speed: speedOf(experiments),
    code: code === undefined ? null : `${code} ${conditionsOf(view)}`,
    experimentsPerHour: time?.experimentsPerHour || null,
    // Collected sessions have no run times.
    idle: time && experiments.some(e => e.runs.length > 0) ? time.idle / time.total : null,
    // A rate over a few minutes is not informative.
    gainPerHour: gain === null || searching < 1 ? null : gain / searching,
  }
}

/** What a value depends on besides code and machine. */
export const conditionsOf = ({ session: { budget, data } }: Pick<View, 'session'>): string =>
  JSON.stringify([budget, data?.fingerprint ?? null])
