import { expect, test } from 'vitest'
import { type Ended, eventOf, stopMessage } from '../../../scripts/publish/notify/stopMessage.ts'
import { buildExperiment, buildSession, reportInputOf } from '../../helpers/exampleRecords.ts'

const stopped = (kind: string, detail: string) => buildSession({ stop: { kind, detail } })
const experiments = [
  buildExperiment(0, { status: 'keep', metric: 2.4 }),
  buildExperiment(1, { status: 'keep', metric: 2.3 }),
]

const ended = (over: Partial<Ended> = {}): Ended => {
  const session = over.session ?? stopped('until', '07:00 leaves no time for another experiment before confirm')
  const { digest } = reportInputOf(session, experiments)
  return { session, experiments, digest, failure: null, posts: [], ...over }
}
const told = (over: Partial<Ended> = {}) => stopMessage(ended(over), 'end')

test('a result that is not confirmed is not told as one', () => {
  const { title, text, stop, confirmed } = told()
  expect(title).toBe('nov20 · CPU: Not confirmed yet: val_bpb 2.4000 → 2.3000 in single runs')
  expect(text).toContain('1 experiment, 1 kept, 0 crashed, best single run 2.3000.')
  expect(text).toMatch(/It ended: 07:00 leaves no time for another experiment before confirm\.$/)
  expect(stop?.kind).toBe('until')
  expect(confirmed).toBeNull()
})

test('a stop that can be continued says how', () => {
  const interrupted = told({ session: stopped('interrupted', 'stopped by hand') })
  expect(interrupted.text).toMatch(
    /It ended: stopped by hand\. To continue: npx pnpm session resume 2026-11-20-cpu-abcd-nov20$/,
  )
  const silent = told({ session: stopped('agent', 'claude gave no proposal for 8 h') })
  expect(silent.title).toBe('nov20 · CPU: stopped, no agent answers')
  expect(silent.text).toMatch(/^Not confirmed yet: val_bpb .*claude gave no proposal for 8 h\. To continue: /)
})

test('without a report, nothing is said of what confirm found', () => {
  const { title, text } = told({ digest: null })
  expect(title).toBe('nov20 · CPU: ended without its report')
  expect(text).toMatch(/^1 experiment, .* Its report failed; to write it: npx pnpm report 2026-11-20-cpu-abcd-nov20$/)
})

test('an error that ended the session is told with its way on', () => {
  const error = told({ session: buildSession({ stop: null }), digest: null, failure: 'the disk is full.' })
  expect(error.title).toBe('nov20 · CPU: ended by an error')
  expect(error.text).toMatch(/The disk is full\. To continue: npx pnpm session resume /)
  expect(error.stop).toEqual({ kind: 'failed', detail: 'the disk is full.' })
})

test('each end is one event: the first of machine, end and confirmed that fits', () => {
  const all = ['end', 'outage', 'machine', 'confirmed'] as const
  const machine = { session: stopped('machine', 'no GPU'), digest: null }
  expect(eventOf(machine, [...all])).toBe('machine')
  expect(eventOf(machine, ['end'])).toBe('end')
  expect(eventOf(machine, ['outage', 'confirmed'])).toBeNull()
  const hook = { session: stopped('hook', 'the hook before_experiment refused 20 proposals in a row'), digest: null }
  expect(eventOf(hook, ['machine'])).toBe('machine')
  expect(told(hook).title).toBe('nov20 · CPU: stopped, its hook lets no proposal run')
  expect(eventOf(ended(), ['machine'])).toBeNull()
  expect(eventOf(ended(), ['confirmed'])).toBeNull()
  const { digest, session } = ended()
  const better = {
    gain: 1,
    interval: [0.5, 1.5],
    baseline: 2,
    head: 1,
    seeds: 3,
    plannedRuns: 0,
    looks: 1,
    spread: null,
  } as const
  const confirmed = digest && {
    ...digest,
    confirmed: { ...better, interval: [0.5, 1.5] as [number, number], verdict: 'better' as const },
  }
  expect(eventOf({ session, digest: confirmed }, ['confirmed'])).toBe('confirmed')
  expect(eventOf({ session, digest: confirmed }, ['end', 'confirmed'])).toBe('end')
})
