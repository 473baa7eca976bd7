/** One session of a machine. Pure. */
import { dataKey } from '../../../scripts/analysis/data.ts'
import { MIN_RATE_SECONDS } from '../../../scripts/analysis/time.ts'
import type { Side } from '../../../scripts/compare/schema.ts'
import type { Confirmed } from '../../../scripts/stats/confirm.ts'
import type { View } from '../view.ts'
import { type Speed, speedOf } from './speed.ts'

export interface MachineSession {
  view: View
  /** The same session as the compare page has it, with its result as a fraction of the baseline. */
  side: Side
  /** Equal where baselines compare: same editable files, budget and data; null where the files are not known. */
  code: string | null
  speed: Speed
  hours: number | null
  experimentsPerHour: number | null
  /** Fraction of the session. */
  idle: number | null
  /** In the metric's own unit. */
  confirmed: Confirmed | null
}

/**
 * @param codes hashes of the editable files by session id (`codeHashes`)
 * @param sides sides of a comparison by session id
 */
export function machineSession(view: View, codes: Map<string, string>, sides: Map<string, Side>): MachineSession {
  const { digest, experiments } = view
  const code = codes.get(view.id)
  const time = digest && digest.time.total > 0 ? digest.time : null
  const hours = time && time.total / 3600
  const side = sides.get(view.id)
  if (side === undefined) throw new Error(`No side was read for ${view.id}.`)
  return {
    view,
    side,
    hours,
    confirmed: digest?.confirmed ?? null,
    speed: speedOf(experiments),
    code: code === undefined ? null : `${code} ${conditionsOf(view)}`,
    // A replication makes no experiments of its own.
    experimentsPerHour:
      time && view.replication === null && time.total >= MIN_RATE_SECONDS ? time.experimentsPerHour || null : null,
    // Collected sessions have no run times.
    idle: time && experiments.some(e => e.runs.length > 0) ? time.idle / time.total : null,
  }
}

/** What a value depends on besides code and machine. */
export const conditionsOf = ({ session }: Pick<View, 'session'>): string =>
  JSON.stringify([session.budget, dataKey(session)])
