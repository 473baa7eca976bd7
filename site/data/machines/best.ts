/** The best result of a machine on a target. */
import type { Confirmed } from '../../../scripts/stats/confirm.ts'
import { conditionsOf, type MachineSession } from './machineSession.ts'

export interface Best {
  session: MachineSession
  /** The mean in confirm, else the value of the best single run. */
  value: number
  gain: number
  confirmed: Confirmed | null
}

/**
 * Among sessions with the budget and data of the newest measured one: the best confirmed value, else the best
 * single run.
 */
export function bestOf(sessions: MachineSession[]): Best | null {
  const measured = sessions.filter(n => n.view.best !== null)
  const like = measured.filter(n => measured[0] && conditionsOf(n.view) === conditionsOf(measured[0].view))
  const found = like.flatMap((session): Best[] => {
    const { best, baseline, gain } = session.view
    const confirmed = session.confirmed?.verdict === 'better' ? session.confirmed : null
    if (confirmed) return [{ session, value: confirmed.head, gain: confirmed.gain, confirmed }]
    // A single run that confirm did not confirm does not count.
    if (best === null || baseline === null || !gain || gain < 0 || session.confirmed !== null) return []
    return [{ session, value: best, gain, confirmed: null }]
  })
  const sure = found.filter(b => b.confirmed !== null)
  const sign = sessions[0]?.view.session.metric.goal === 'maximize' ? -1 : 1
  return (sure.length > 0 ? sure : found).sort((a, b) => sign * (a.value - b.value))[0] ?? null
}
