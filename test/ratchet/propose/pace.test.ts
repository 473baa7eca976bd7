import { expect, test } from 'vitest'
import { candidatesAhead, type Pace, proposersNeeded } from '../../../scripts/ratchet/propose/pace.ts'

/** Sixteen GPUs that all train, runs of 300 s with 30 s around them, an agent that thinks 90 s. */
const busy: Pace = {
  proposers: 'auto',
  ahead: null,
  slots: 16,
  free: 0,
  disturbs: false,
  thinking: 90,
  occupied: 330,
  perAnswer: 1,
}

test('as many candidates are made ahead as slots become free while an agent thinks, and some beside', () => {
  // 16 × 90 / 330 = 4.4, and its root is 2.1.
  expect(candidatesAhead(busy)).toBe(7)
  expect(candidatesAhead({ ...busy, thinking: 9 })).toBe(2)
  expect(candidatesAhead({ ...busy, thinking: 0.1 })).toBe(1)
  // Never more than there are slots.
  expect(candidatesAhead({ ...busy, thinking: 3600 })).toBe(16)
  expect(candidatesAhead({ ...busy, ahead: 3 })).toBe(3)
  expect(candidatesAhead({ ...busy, slots: 1 })).toBe(1)
  expect(candidatesAhead({ ...busy, disturbs: true })).toBe(0)
})

test('auto has enough turns at once for the free slots and what is made ahead, fewer where an answer is a sweep', () => {
  expect(proposersNeeded(busy)).toBe(7)
  expect(proposersNeeded({ ...busy, perAnswer: 4 })).toBe(2)
  expect(proposersNeeded({ ...busy, thinking: 0.1 })).toBe(1)
  expect(proposersNeeded({ ...busy, free: 3 })).toBe(10)
  expect(proposersNeeded({ ...busy, free: 16 })).toBe(16)
  expect(proposersNeeded({ ...busy, slots: 64, thinking: 600 })).toBe(16)
  // Nothing is known of the service before its first answer.
  expect(proposersNeeded({ ...busy, free: 16, thinking: null })).toBe(4)
})

test('auto is one turn at a time with one slot, and where an agent at work would disturb the runs', () => {
  expect(proposersNeeded({ ...busy, slots: 1, free: 1, thinking: 3600 })).toBe(1)
  expect(proposersNeeded({ ...busy, free: 16, disturbs: true })).toBe(1)
  expect(proposersNeeded({ ...busy, proposers: 3, slots: 1, disturbs: true })).toBe(3)
})
