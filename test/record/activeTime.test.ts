import { expect, test } from 'vitest'
import { activeBetween, activeDeviceSeconds, activeSeconds, isOutside } from '../../scripts/record/activeTime.ts'
import type { JournalEvent } from '../../scripts/record/journal.ts'
import type { OwnSession } from '../../scripts/record/schema.ts'
import { apply, initialState } from '../../scripts/record/state.ts'

const at = (time: string) => `2026-11-21T${time}:00.000Z`

/** The session after these events, from 20:00 with the slots given. */
function after(contract: object, ...events: object[]) {
  const session = { contract, startedAt: at('20:00'), machine: { gpus: 4 }, outages: [] } as unknown as OwnSession
  const state = initialState(session)
  for (const event of events) apply(state, event as JournalEvent)
  return state
}

test('the time of a session is that in which its harness ran, whether it was killed or stopped', () => {
  const { session, seenAt } = after(
    { slots: 'auto' },
    { event: 'agent-exhausted', at: at('20:30') },
    // Killed; then a night without it.
    { event: 'resumed', at: at('22:00'), stopRules: {}, devices: 2 },
    { event: 'stopped', at: at('22:15'), kind: 'interrupted', detail: '' },
    { event: 'resumed', at: at('23:00'), stopRules: {} },
    { event: 'agent-exhausted', at: at('23:10') },
  )
  expect(activeSeconds(session, seenAt)).toBe((30 + 15 + 10) * 60)
  expect(activeSeconds(session, at('23:20'))).toBe((30 + 15 + 20) * 60)
  expect(activeDeviceSeconds(session, seenAt)).toBe((4 * 30 + 2 * 15 + 2 * 10) * 60)
  expect(activeBetween(session, Date.parse(at('20:20')), Date.parse(at('22:05')))).toBe(15 * 60)
})

test('a run of confirm by hand hours after the end is outside, and does not make the session longer', () => {
  const { session, seenAt } = after(
    { slots: 2 },
    { event: 'stopped', at: at('21:00'), kind: 'hours', detail: '' },
    { event: 'agent-exhausted', at: at('23:00') },
  )
  expect(activeSeconds(session, seenAt)).toBe(3600)
  expect(activeDeviceSeconds(session, seenAt)).toBe(7200)
  expect([at('20:59'), at('23:00')].map(startedAt => isOutside(session, { startedAt }))).toEqual([false, true])
})

test('a clock that was set back takes no time away', () => {
  const { session } = after({}, { event: 'stopped', at: at('19:00'), kind: 'hours', detail: '' })
  expect(activeSeconds(session, at('21:00'))).toBe(0)
})
