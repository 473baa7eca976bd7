import { expect, test } from 'vitest'
import { wordOf } from '../../scripts/analysis/labels.ts'

const base = { gain: 0.01, chance: 0.5, without: null, rerun: null, stack: null }

test('the chance alone makes a change likely, unproven or refuted, never confirmed', () => {
  expect(wordOf({ ...base, chance: 0.9 })).toBe('likely')
  expect(wordOf({ ...base, chance: 1 })).toBe('likely')
  expect(wordOf({ ...base, chance: 0.89 })).toBe('unproven')
  expect(wordOf({ ...base, chance: 0.1 })).toBe('unproven')
  expect(wordOf({ ...base, chance: 0.09 })).toBe('refuted')
  expect(wordOf({ ...base, chance: null })).toBe('unproven')
})

test('direct re-runs outweigh the chance', () => {
  expect(wordOf({ ...base, chance: 0.05, rerun: 'better' })).toBe('confirmed')
  expect(wordOf({ ...base, chance: 0.99, rerun: 'worse' })).toBe('refuted')
  expect(wordOf({ ...base, chance: 0.99, rerun: 'undecided' })).toBe('likely')
})

test('a simplification claimed no gain, so its chance refutes nothing', () => {
  expect(wordOf({ ...base, gain: -0.001, chance: 0.02 })).toBe('unproven')
  expect(wordOf({ ...base, gain: 0, chance: 0.95 })).toBe('unproven')
})

test('nothing is likely in a stack that was confirmed worse', () => {
  expect(wordOf({ ...base, chance: 0.99, stack: 'worse' })).toBe('unproven')
})
