import { expect, test } from 'vitest'
import { pool, verdictOf } from '../../../scripts/compare/changes/replicationVerdict.ts'
import type { Effect } from '../../../scripts/stats/evidence.ts'
import { createRandom } from '../../../scripts/stats/random.ts'

/** By its 95% interval, as of a known σ and values that nobody picked. */
const effect = (gain: number, half: number, more: Partial<Effect> = {}): Effect & { half: number } => ({
  gain,
  half,
  sigma: half / 1.96 / Math.SQRT2,
  df: 1e6,
  runs: 1,
  headRuns: 1,
  among: 1,
  kept: false,
  ...more,
})

test('two sides that are each significant in the same direction replicate the effect', () => {
  expect(verdictOf([effect(0.02, 0.01), effect(0.015, 0.01)])).toEqual({ label: 'replicated', way: 1 })
  expect(verdictOf([effect(-0.02, 0.01), effect(-0.015, 0.01)])).toEqual({ label: 'replicated', way: -1 })
})

test('one significant side is not a replication, however large its effect', () => {
  expect(verdictOf([effect(0.5, 0.01), effect(0.009, 0.01)]).label).toBe('contradicted')
  expect(verdictOf([effect(0.03, 0.01), effect(0.012, 0.015)]).label).toBe('inconclusive')
  expect(verdictOf([effect(0.5, 0.01)]).label).toBe('inconclusive')
})

test('with several sides the effect must stay significant without any one; sides that are not significant alone can add up', () => {
  const weak = effect(0.008, 0.01)
  expect(verdictOf([effect(0.02, 0.01), weak]).label).toBe('inconclusive')
  expect(verdictOf([effect(0.02, 0.01), weak, weak, weak])).toEqual({ label: 'replicated', way: 1 })
})

test('significant effects in opposite directions contradict each other, and so does a precise effect near zero', () => {
  expect(verdictOf([effect(0.02, 0.01), effect(-0.02, 0.01)]).label).toBe('contradicted')
  expect(verdictOf([effect(0.05, 0.01), effect(0, 0.01)]).label).toBe('contradicted')
  // It missed zero, and may be as large as there.
  expect(verdictOf([effect(0.02, 0.01), effect(0.005, 0.01)]).label).toBe('inconclusive')
})

test('a head that was picked makes changes look worse, and a kept change looks better than it is', () => {
  const worse = (among: number) => verdictOf([1, 2, 3].map(() => effect(-0.009, 0.01, { among }))).label
  expect([worse(1), worse(20)]).toEqual(['replicated', 'inconclusive'])
  const better = (kept: boolean) => verdictOf([1, 2, 3].map(() => effect(0.0062, 0.01, { kept }))).label
  expect([better(false), better(true)]).toEqual(['replicated', 'inconclusive'])
})

test('with a σ of few degrees of freedom an effect must be larger', () => {
  const label = (gain: number) => verdictOf([1, 2].map(() => effect(gain, 0.01, { df: 2 }))).label
  expect([label(0.014), label(0.018)]).toEqual(['inconclusive', 'replicated'])
})

test('without noise every difference counts', () => {
  expect(verdictOf([effect(0.02, 0), effect(0.001, 0)])).toEqual({ label: 'replicated', way: 1 })
  expect(verdictOf([effect(0.02, 0), effect(-0.001, 0)]).label).toBe('contradicted')
  expect(verdictOf([effect(0, 0), effect(0, 0)]).label).toBe('inconclusive')
})

test('the interval of the mean widens if the sides differ by more than their noise', () => {
  const alike = pool([effect(0.02, 0.01), effect(0.021, 0.01)])
  const apart = pool([effect(0.05, 0.01), effect(-0.01, 0.01)])
  expect(alike?.gain).toBeCloseTo(0.0205, 6)
  expect(alike?.interval[0]).toBeCloseTo(0.0205 - 0.01 / Math.SQRT2, 6)
  expect(apart?.gain).toBeCloseTo(0.02, 6)
  expect(apart?.interval[0]).toBeLessThan(0)
  expect(pool([])).toBeNull()
})

/**
 * Share of simulated trials with a verdict; `pick` keeps only trials in which the first side's noise favoured the
 * change.
 */
function rate(label: string, { sides, truth, pick }: { sides: number; truth: number; pick: boolean }): number {
  const { normal } = createRandom(sides * 1000 + (pick ? 7 : 1))
  const half = 1.96
  let [hits, trials] = [0, 0]
  while (trials < 2000) {
    const effects = Array.from({ length: sides }, () => effect(truth + normal(), half))
    if (pick && (effects[0]?.gain ?? 0) < half) continue
    trials++
    if (verdictOf(effects).label === label) hits++
  }
  return hits / trials
}

test('in simulation a change without effect is rarely called replicated, even if one side was selected', () => {
  for (const sides of [2, 3, 5]) {
    expect(rate('replicated', { sides, truth: 0, pick: false }), `${sides} sides`).toBeLessThan(0.06)
    expect(rate('replicated', { sides, truth: 0, pick: true }), `${sides} sides, picked`).toBeLessThan(0.065)
  }
})

test('in simulation a true effect is rarely called contradicted, and a large one is detected', () => {
  for (const sides of [2, 5, 10])
    for (const truth of [0, 2])
      expect(rate('contradicted', { sides, truth, pick: false }), `${sides} sides, ${truth}`).toBeLessThan(0.03)
  for (const sides of [2, 3, 5])
    expect(rate('replicated', { sides, truth: 4, pick: false }), `${sides} sides`).toBeGreaterThan(0.9)
})
