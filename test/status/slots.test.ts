import { expect, test } from 'vitest'
import type { JournalEvent, NewEvent } from '../../scripts/record/journal.ts'
import type { NodeRecord } from '../../scripts/record/places.ts'
import type { OwnSession, Run } from '../../scripts/record/schema.ts'
import { apply, initialState } from '../../scripts/record/state.ts'
import { type EngineStatus, engineStatus } from '../../scripts/status/slots.ts'
import { lateText, lostText, slotLines, slotsText } from '../../scripts/status/slotsTable.ts'

const start = Date.parse('2026-11-28T22:00:00Z')
const after = (seconds: number) => new Date(start + 1000 * seconds)

const node = (name: string, gpus: string[]): Omit<NodeRecord, 'at'> => ({
  node: name,
  gpus,
  driver: null,
  cpu: 'EPYC',
  cores: 64,
  memoryMb: 1,
  os: 'Linux',
  python: '3.12.3',
  torch: null,
  sandbox: {
    mechanism: null,
    holds: { signals: false, processes: false, network: false, temporary: false },
    network: 'local',
    why: 'no user namespaces',
  },
})

const a100 = 'NVIDIA A100-SXM4-80GB'

/** The status after events at the given seconds. */
function after16(
  places: number,
  events: [seconds: number, event: NewEvent][],
  now: number,
  use = 'slurm',
  gpus = 1,
): EngineStatus {
  const session = {
    id: 's',
    startedAt: after(0).toISOString(),
    machine: { gpus: 0 },
    contract: { slots: places, engine: { use, queue_timeout: 1800 }, resources: { gpus, nodes: 1 } },
    engine: {
      use,
      description: `Slurm, partition a100, ${places} held jobs with 1 GPU each`,
      resources: { gpus },
      shared: true,
      places,
    },
  } as unknown as OwnSession
  const state = initialState(session)
  for (const [seconds, event] of events) apply(state, { at: after(seconds).toISOString(), ...event } as JournalEvent)
  return engineStatus(state, true, after(now)) ?? expect.fail('no engine')
}

const place = (
  place: number,
  state: 'waiting' | 'ready' | 'failed',
  { node = null, reason = null }: { node?: string | null; reason?: string | null } = {},
  facts?: Omit<NodeRecord, 'at'>,
): NewEvent => ({ event: 'place', place, state, node, reason, job: String(100 + place), ...(facts && { facts }) })

const began = (experiment: number, slot: number): NewEvent => ({
  event: 'run-started',
  experiment,
  k: 1,
  purpose: 'candidate',
  seed: 1,
  commit: 'c'.repeat(40),
  slot,
})
const submitted = (experiment: number, slot: number): NewEvent => ({
  event: 'run-submitted',
  experiment,
  k: 1,
  attempt: 1,
  handle: { key: `k${experiment}`, place: slot, job: String(100 + slot) },
})
const placed = (experiment: number, node: string): NewEvent => ({
  event: 'run-placed',
  experiment,
  k: 1,
  attempt: 1,
  node,
  waitedSeconds: 0,
})
const run = (experiment: number, slot: number, node: string): [number, NewEvent][] => [
  [70 + slot, began(experiment, slot)],
  [71 + slot, submitted(experiment, slot)],
  [72 + slot, placed(experiment, node)],
]

/** 16 slots: 0 to 5 run, 6 waits for its start, 7 and 8 are idle, 9 has failed, the rest wait in the queue. */
const sixteen: [number, NewEvent][] = [
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8].map((i): [number, NewEvent] => [
    60,
    place(
      i,
      'ready',
      { node: `n${i % 4}` },
      i < 4 ? node(`n${i}`, i === 3 ? ['NVIDIA H100'] : [a100, a100]) : undefined,
    ),
  ]),
  [60, place(9, 'failed', { reason: 'sbatch: Invalid account' })],
  ...[10, 11, 12, 13, 14, 15].map((i): [number, NewEvent] => [0, place(i, 'waiting', { reason: 'Resources' })]),
  // What Slurm says changes, not since when they wait.
  [300, place(15, 'waiting', { reason: 'Priority' })],
  ...[0, 1, 2, 3, 4, 5].flatMap(i => run(40 + i, i, `n${i % 4}`)),
  [80, began(46, 6)],
  [80, submitted(46, 6)],
]

test('of 16 slots those that wait or idle alike are one line of at most 68 columns', () => {
  const status = after16(16, sixteen, 400)
  const lines = slotLines(status, 68)
  expect(lines).toEqual([
    'slot   node  GPU   now',
    '0      n0    A100  0040 for 5 min 28 s',
    '1      n1    A100  0041 for 5 min 27 s',
    '2      n2    A100  0042 for 5 min 26 s',
    '3      n3    H100  0043 for 5 min 25 s',
    '4      n0    A100  0044 for 5 min 24 s',
    '5      n1    A100  0045 for 5 min 23 s',
    '6      n2    A100  0046 waits for its start, 5 min 20 s',
    '7      n3    H100  idle',
    '8      n0    A100  idle',
    '9                  not ready (sbatch: Invalid account)',
    '10-14              in the queue for 6 min (Resources)',
    '15                 in the queue for 6 min (Priority)',
  ])
  expect(lateText(status)).toBeNull()
})

test('a host is prepared or not reached, and never in a queue', () => {
  const events: [number, NewEvent][] = [
    [0, place(0, 'waiting')],
    [0, place(1, 'waiting', { reason: 'no route' })],
  ]
  expect(slotLines(after16(2, events, 180, 'ssh'), 68)).toEqual([
    'slot  node  GPU  now',
    '0                being prepared for 3 min',
    '1                not reached for 3 min (no route)',
  ])
})

test('what has waited longer than queue_timeout is said, and how many slots that are', () => {
  const status = after16(16, sixteen, 2000)
  expect(status.slots.filter(({ late }) => late).map(({ slot }) => slot)).toEqual([6, 10, 11, 12, 13, 14, 15])
  expect(lateText(status)).toBe(
    'slots 6, 10-15 have waited longer than queue_timeout (30 min 00 s); the session goes on with the others',
  )
  const none = after16(
    2,
    [0, 1].map((i): [number, NewEvent] => [0, place(i, 'waiting')]),
    2000,
  )
  expect(lateText(none)).toBe(
    'all slots have waited longer than queue_timeout (30 min 00 s); the session goes on when one is ready',
  )
})

test('64 slots that train stand side by side, none twice', () => {
  const events = Array.from({ length: 64 }, (_, i) => i).flatMap((i): [number, NewEvent][] => [
    [60, place(i, 'ready', { node: `gpu-${i}` }, node(`gpu-${i}`, [a100]))],
    ...run(100 + i, i, `gpu-${i}`),
  ])
  const lines = slotLines(after16(64, events, 400), 68)
  expect(lines.length).toBeLessThan(33)
  expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(68)
  for (let i = 0; i < 64; i++)
    expect(lines.filter(line => new RegExp(`(^|\\s)${i} gpu-${i} 0${100 + i} `).test(line))).toHaveLength(1)
})

test('a lost attempt is counted while the run goes on and after it; the next attempt is said', () => {
  const events: [number, NewEvent][] = [
    [0, place(0, 'ready', { node: 'n0' })],
    ...run(1, 0, 'n0'),
    [90, { event: 'run-lost', experiment: 1, k: 1, attempt: 1, cause: 'preempted', detail: 'PREEMPTED', node: 'n0' }],
    [91, { ...began(1, 0), attempt: 2 } as NewEvent],
  ]
  // Any slot may make it again.
  const between = after16(1, events.slice(0, -1), 91)
  expect(between).toMatchObject({ slots: [{ state: 'idle', run: null }], lost: [{ cause: 'preempted', attempts: 1 }] })
  const status = after16(1, events, 95)
  expect(lostText(status)).toBe('1 attempt had no result: 1 preempted')
  expect(slotLines(status, 68).at(-1)).toContain('0001 attempt 2 waits for its start, 4 s')
  const finished = {
    k: 1,
    purpose: 'candidate',
    outcome: 'ok',
    lost: status.lost.map(() => lostOnce),
  } as unknown as Run
  const ended = after16(1, [...events, [99, { event: 'run-finished', experiment: 1, run: finished }]], 99)
  expect(ended.lost).toEqual([{ cause: 'preempted', attempts: 1 }])
  expect(ended.slots).toMatchObject([{ state: 'idle', run: null }])
})

const lostOnce = { attempt: 1, cause: 'preempted', detail: 'PREEMPTED', node: 'n0' }

test('names of nodes and words of a scheduler are cleaned and cut', () => {
  const hostile = `\u001b[31m${'x'.repeat(90)}\n`
  const status = after16(
    2,
    [
      [0, place(0, 'ready', { node: hostile })],
      [0, place(1, 'waiting', { reason: hostile })],
    ],
    60,
  )
  const lines = slotLines(status, 68)
  expect(lines.join('')).not.toMatch(/[\u001b\n]/)
  expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(68)
})

test('slots are told as ranges', () => {
  expect(slotsText([4, 5, 6, 9])).toBe('4-6, 9')
  expect(slotsText([0])).toBe('0')
})

test('a run whose node does not answer is not said to go on', () => {
  const silent = after16(
    1,
    [
      [0, place(0, 'ready', { node: 'n1' }, node('n1', [a100]))],
      [1, began(1, 0)],
      [2, submitted(1, 0)],
      [3, placed(1, 'n1')],
      [60, place(0, 'waiting', { reason: 'n1: connection refused' })],
    ],
    180,
  )
  expect(slotLines(silent, 100)[1]).toMatch(/0001: no answer for 2 min 00 s \(n1: connection refused\)$/)
})

test('a slot with a part of a GPU says which part', () => {
  const events: [number, NewEvent][] = [[60, place(0, 'ready', { node: 'n0' }, node('n0', [a100]))]]
  expect(after16(1, events, 61, 'ray', 0.5).slots[0]?.gpu).toBe('0.5 × A100')
})
