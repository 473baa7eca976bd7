import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type OutageWatch, watchOutages } from '../../../scripts/publish/notify/outageWatch.ts'
import type { JournalEvent } from '../../../scripts/record/journal.ts'
import type { OwnSession } from '../../../scripts/record/schema.ts'
import { at, buildSession } from '../../helpers/exampleRecords.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const MINUTE = 60
const failed = (minute: number, agentIndex = 0): JournalEvent => ({
  event: 'agent-failed',
  at: at(minute * MINUTE),
  agentIndex,
  use: ['claude', 'codex'][agentIndex] ?? '',
  kind: 'rate-limit',
  detail: 'busy',
  backoff: 600,
})
const recovered = (minute: number, agentIndex = 0): JournalEvent => ({
  event: 'agent-recovered',
  at: at(minute * MINUTE),
  agentIndex,
  use: ['claude', 'codex'][agentIndex] ?? '',
})
const paused = (minute: number): JournalEvent => ({ event: 'paused', at: at(minute * MINUTE) })
const continued = (minute: number): JournalEvent => ({ event: 'continued', at: at(minute * MINUTE) })

/** What is told while these events come at their times, until the last minute. */
async function toldOf(events: JournalEvent[], until: number): Promise<string[]> {
  const told: string[] = []
  const journal: JournalEvent[] = [{ event: 'started', at: at(0), session: buildSession() as OwnSession }]
  let minute = 0
  const says =
    (what: string) =>
    (_: unknown, { use }: { use: string }) =>
      void told.push(`${minute}: ${use} ${what}`)
  const watch: OutageWatch = watchOutages(15 * MINUTE * 1000, async () => journal, {
    onLong: says('is out'),
    onOver: says('is back'),
  })
  for (; minute <= until; minute++) {
    for (const event of events.filter(event => event.at === at(minute * MINUTE))) {
      journal.push(event)
      watch.onEvent(event)
    }
    await vi.advanceTimersByTimeAsync(MINUTE * 1000)
  }
  await watch.close()
  return told
}

test('an outage is told once, after 15 minutes, and its end', async () => {
  expect(await toldOf([failed(1), failed(5), failed(14), failed(30), recovered(40)], 60)).toEqual([
    '15: claude is out',
    '40: claude is back',
  ])
})

test('a shorter outage is not told, neither is its end; a later one is another', async () => {
  expect(await toldOf([failed(1), recovered(14), failed(20)], 60)).toEqual(['34: claude is out'])
  expect(await toldOf([failed(1), recovered(15), failed(20), recovered(21)], 60)).toEqual([])
})

test('outages of two agents are told apart', async () => {
  expect(await toldOf([failed(1), failed(3, 1), recovered(20, 1)], 60)).toEqual([
    '15: claude is out',
    '17: codex is out',
    '20: codex is back',
  ])
})

test('in a pause nobody is asked, so the time begins again after it', async () => {
  expect(await toldOf([failed(1), paused(5), continued(50)], 60)).toEqual([])
  expect(await toldOf([failed(1), paused(5), continued(50)], 80)).toEqual(['64: claude is out'])
  expect(await toldOf([failed(1), paused(5), continued(50), recovered(52)], 80)).toEqual([])
})

test('an outage that ends with the session is not told', async () => {
  const stopped: JournalEvent = { event: 'stopped', at: at(10 * MINUTE), kind: 'until', detail: '' }
  expect(await toldOf([failed(1), stopped], 60)).toEqual([])
})
