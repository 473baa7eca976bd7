import { expect, test } from 'vitest'
import { digest } from '../../scripts/analysis/digest.ts'
import { type Evidence, isOpen, labelNeeds, labelOf, pRealText } from '../../scripts/analysis/labels.ts'
import type { Noise } from '../../scripts/record/schema.ts'
import { isEnoughForPReal } from '../../scripts/stats/noise.ts'
import { buildExperiment, buildRun, buildSession } from '../helpers/exampleRecords.ts'

const base = { gain: 0.01, pReal: 0.5, needs: null, drifted: false, ablation: null, rerun: null, stack: null }
const word = (evidence: Partial<Evidence>) => labelOf({ ...base, ...evidence }).label
const reason = (evidence: Partial<Evidence>) => labelOf({ ...base, ...evidence }).labelReason

test('without re-runs P(real) decides: likely from 0.9, refuted below 0.1', () => {
  expect(word({ pReal: 0.9 })).toBe('likely')
  expect(word({ pReal: 1 })).toBe('likely')
  expect(word({ pReal: 0.89 })).toBe('unproven')
  expect(word({ pReal: 0.1 })).toBe('unproven')
  expect(word({ pReal: 0.09 })).toBe('refuted')
})

test('before enough is known, a change is neither likely, unproven nor refuted, and the label says what is missing', () => {
  for (const pReal of [0.01, 0.5, 0.99]) expect(word({ pReal, needs: { df: 2, experiments: 8 } })).toBe('too few runs')
  expect(reason({ pReal: 0.99, needs: { df: 2, experiments: 8 } })).toBe(
    'σ rests on 2 degrees of freedom; 6 are needed. 8 experiments were measured; 15 are needed.',
  )
  expect(reason({ pReal: 0.99, needs: { df: 6, experiments: 8 } })).toBe('8 experiments were measured; 15 are needed.')
  expect(reason({ pReal: 0.99, needs: { df: 1, experiments: 40 } })).toBe(
    'σ rests on 1 degree of freedom; 6 are needed.',
  )
  expect(word({ pReal: null })).toBe('too few runs')
  expect(reason({ pReal: null })).toBe('σ was not measured: no code was run twice.')
  expect(reason({ needs: { df: 0, experiments: 40 } })).toContain('P(real) rests on an assumed one')
})

test('a re-run decides, whatever P(real) is and however little is known of σ', () => {
  const needs = { df: 2, experiments: 8 }
  expect(word({ pReal: 0.05, rerun: 'better' })).toBe('confirmed')
  expect(word({ pReal: 0.99, needs, ablation: 'better' })).toBe('confirmed')
  expect(word({ pReal: 0.99, rerun: 'worse' })).toBe('refuted')
  expect(word({ needs, ablation: 'worse', rerun: 'better' })).toBe('refuted')
  expect(word({ pReal: 0.99, rerun: 'inconclusive' })).toBe('likely')
})

test('a simplification was kept without a gain, so only a re-run refutes it', () => {
  expect(word({ gain: -0.001, pReal: 0.02 })).toBe('unproven')
  expect(word({ gain: 0, pReal: 0.95 })).toBe('unproven')
  expect(reason({ gain: 0 })).toContain('without a gain')
})

test('no change is likely where all together made it worse, or where the machine drifted', () => {
  expect(word({ pReal: 0.99, stack: 'worse' })).toBe('unproven')
  expect(word({ pReal: 0.99, drifted: true })).toBe('unproven')
  expect(reason({ pReal: 0.99, drifted: true })).toContain('drifted')
  expect(word({ pReal: 0.05, drifted: true })).toBe('refuted')
})

test('likely and confirmed are not open', () => {
  expect((['confirmed', 'likely', 'unproven', 'refuted', 'too few runs'] as const).map(isOpen)).toEqual([
    false,
    false,
    true,
    true,
    true,
  ])
})

test('labels need six degrees of freedom of σ and fifteen measured experiments', () => {
  const noise = (df: number): Noise => ({ sigma: 1, interval: [0.5, 2], df, runs: df + 1, earlier: [] })
  const experiments = (n: number) => Array.from({ length: n + 1 }, (_, i) => buildExperiment(i, { metric: 1 }))
  expect(labelNeeds(noise(6), experiments(15))).toBeNull()
  expect(labelNeeds(noise(5), experiments(15))).toEqual({ df: 5, experiments: 15 })
  expect(labelNeeds(noise(6), experiments(14))).toEqual({ df: 6, experiments: 14 })
  expect(labelNeeds(null, experiments(20))).toEqual({ df: 0, experiments: 20 })
})

test('there is no P(real) where σ rests on a single pair of runs, and the label says why', () => {
  const records = (repeats: number[]) => {
    const runs = repeats.map((metric, k) => buildRun(metric, { k: k + 2, purpose: 'seed', seed: k + 2 }))
    const first = buildExperiment(0, { status: 'keep', metric: 2.4 })
    const keep = buildExperiment(1, { status: 'keep', metric: 2.3, gain: 0.1 })
    return [{ ...first, runs: [...first.runs, ...runs] }, keep]
  }
  const kept = (repeats: number[]) => digest(buildSession(), records(repeats), new Map()).kept[0]
  expect(kept([2.401])).toMatchObject({ pReal: null, label: 'too few runs' })
  expect(kept([2.401])?.labelReason).toContain('σ rests on a single pair of runs, too little for P(real)')
  expect(kept([2.401, 2.402])?.pReal).toBeGreaterThan(0.9)
  // Runs that agree to the last digit of a fine metric show that there is no noise.
  expect(isEnoughForPReal({ sigma: 0, df: 1 })).toBe(true)
  expect([isEnoughForPReal({ sigma: 0.1, df: 1 }), isEnoughForPReal(null)]).toEqual([false, false])
})

test('a P(real) that misses a threshold does not read as if it reached it', () => {
  expect([0.9, 0.8961, 0.885, 0.1, 0.0972, 0.999, 1, 0].map(pRealText)).toEqual([
    '90%',
    '89%',
    '89%',
    '10%',
    '9%',
    '>99%',
    '>99%',
    '<1%',
  ])
  expect(reason({ pReal: 0.8961 })).toBe('P(real) is 89%: its gain may be noise. Likely needs 90%.')
})
