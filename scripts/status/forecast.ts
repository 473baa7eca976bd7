/** The forecast of a running session. */
import { dirname } from 'node:path'
import { type Earlier, readEarlier } from '../analysis/forecast/earlier.ts'
import type { Forecast } from '../analysis/forecast/forecast.ts'
import { contractSchema } from '../program/contract.ts'
import { engineSlots } from '../program/engine.ts'
import { forecastOf, kindOf } from '../ratchet/forecast.ts'
import { makePlan, startClock } from '../ratchet/plan.ts'
import { activeSeconds } from '../record/activeTime.ts'
import type { State } from '../record/state.ts'

/** What earlier sessions took: they hardly change while one runs, and `--watch` asks every two seconds. */
const earlierOf = new Map<string, Promise<Earlier>>()

/** @param folder of the session; null once it stops, or where its contract cannot be read */
export async function forecastNow(folder: string, state: State, now: Date): Promise<Forecast | null> {
  if (state.session.final !== undefined || state.requested?.kind === 'stop') return null
  const contract = contractSchema.safeParse({ ...state.session.contract, ...state.stopRules })
  if (!contract.success) return null
  const { session } = state
  const elapsed = activeSeconds(session, now)
  const began = new Date(session.active?.at(-1)?.from ?? session.startedAt)
  const clock = startClock(contract.data, began, activeSeconds(session, began))
  const own = contract.data.slots === 'auto' ? (session.active?.at(-1)?.devices ?? 1) : contract.data.slots
  const slots = engineSlots(contract.data) ?? own
  const inherits = session.inherited !== undefined
  const planFor = (runSeconds: number | null) =>
    makePlan(contract.data, clock, runSeconds, contract.data.seeds, slots, inherits)
  const planned = { contract: contract.data, state, planFor, elapsed, agent: contract.data.agent }
  const earlier = earlierOf.get(folder) ?? readEarlier(dirname(folder), kindOf(planned))
  earlierOf.set(folder, earlier)
  return forecastOf(planned, await earlier)
}
