import { expect, test } from 'vitest'
import { labelOf } from '../../scripts/analysis/labels.ts'

const base = { gain: 0.01, pReal: 0.5, ablation: null, rerun: null, stack: null }

test('P(real) alone makes a change likely, unproven or refuted, never confirmed', () => {
  expect(labelOf({ ...base, pReal: 0.9 })).toBe('likely')
  expect(labelOf({ ...base, pReal: 1 })).toBe('likely')
  expect(labelOf({ ...base, pReal: 0.89 })).toBe('unproven')
  expect(labelOf({ ...base, pReal: 0.1 })).toBe('unproven')
  expect(labelOf({ ...base, pReal: 0.09 })).toBe('refuted')
  expect(labelOf({ ...base, pReal: null })).toBe('unproven')
})

test('direct re-runs outweigh P(real)', () => {
  expect(labelOf({ ...base, pReal: 0.05, rerun: 'better' })).toBe('confirmed')
  expect(labelOf({ ...base, pReal: 0.99, rerun: 'worse' })).toBe('refuted')
  expect(labelOf({ ...base, pReal: 0.99, rerun: 'inconclusive' })).toBe('likely')
})

test('a simplification claims no gain, so a low P(real) does not refute it', () => {
  expect(labelOf({ ...base, gain: -0.001, pReal: 0.02 })).toBe('unproven')
  expect(labelOf({ ...base, gain: 0, pReal: 0.95 })).toBe('unproven')
})

test('no change is likely when the head is confirmed worse than the baseline', () => {
  expect(labelOf({ ...base, pReal: 0.99, stack: 'worse' })).toBe('unproven')
})
