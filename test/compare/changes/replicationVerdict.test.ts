import { expect, test } from 'vitest'
import { type Effect, pool, verdictOf } from '../../../scripts/compare/changes/replicationVerdict.ts'
import { createRandom } from '../../../scripts/stats/random.ts'

const effect = (gain: number, half: number): Effect => ({ gain, half })

test('two sides that are each clear of their noise the same way replicate it, for better or for worse', () => {
  expect(verdictOf([effect(0.02, 0.01), effect(0.015, 0.01)])).toEqual({ word: 'replicated', way: 1 })
  expect(verdictOf([effect(-0.02, 0.01), effect(-0.015, 0.01)])).toEqual({ word: 'replicated', way: -1 })
})

test('one clear side is no replication, however clear it is', () => {
  expect(verdictOf([effect(0.5, 0.01), effect(0.009, 0.01)]).word).toBe('contradicted')
  expect(verdictOf([effect(0.03, 0.01), effect(0.014, 0.015)]).word).toBe('not clear')
  expect(verdictOf([effect(0.5, 0.01)]).word).toBe('not clear')
})

test('of several sides any one may be left out: those that are not clear by themselves help each other', () => {
  const weak = effect(0.009, 0.01)
  expect(verdictOf([effect(0.02, 0.01), weak]).word).toBe('not clear')
  expect(verdictOf([effect(0.02, 0.01), weak, weak, weak])).toEqual({ word: 'replicated', way: 1 })
})

test('clear one way here and the other way there is a contradiction, and so is next to nothing, surely', () => {
  expect(verdictOf([effect(0.02, 0.01), effect(-0.02, 0.01)]).word).toBe('contradicted')
  expect(verdictOf([effect(0.05, 0.01), effect(0, 0.01)]).word).toBe('contradicted')
  // It missed zero, and may be as large as there.
  expect(verdictOf([effect(0.02, 0.01), effect(0.005, 0.01)]).word).toBe('not clear')
})

test('where seeds agree to the last digit every difference is one', () => {
  expect(verdictOf([effect(0.02, 0), effect(0.001, 0)])).toEqual({ word: 'replicated', way: 1 })
  expect(verdictOf([effect(0.02, 0), effect(-0.001, 0)]).word).toBe('contradicted')
  expect(verdictOf([effect(0, 0), effect(0, 0)]).word).toBe('not clear')
})

test('a mean of sides that differ by more than their noise is less sure than their noise says', () => {
  const alike = pool([effect(0.02, 0.01), effect(0.021, 0.01)])
  const apart = pool([effect(0.05, 0.01), effect(-0.01, 0.01)])
  expect(alike?.gain).toBeCloseTo(0.0205, 6)
  expect(alike?.interval[0]).toBeCloseTo(0.0205 - 0.01 / Math.SQRT2, 6)
  expect(apart?.gain).toBeCloseTo(0.02, 6)
  expect(apart?.interval[0]).toBeLessThan(0)
  expect(pool([])).toBeNull()
})

/** Share of trials that get a word; `pick` keeps the first side's luck only where it made the change look good. */
function rate(word: string, { sides, truth, pick }: { sides: number; truth: number; pick: boolean }): number {
  const { normal } = createRandom(sides * 1000 + (pick ? 7 : 1))
  const half = 1.96
  let [hits, trials] = [0, 0]
  while (trials < 2000) {
    const effects = Array.from({ length: sides }, () => effect(truth + normal(), half))
    if (pick && (effects[0]?.gain ?? 0) < half) continue
    trials++
    if (verdictOf(effects).word === word) hits++
  }
  return hits / trials
}

test('by simulation: what has no effect is hardly ever called replicated, even where one side was picked for its luck', () => {
  for (const sides of [2, 3, 5]) {
    expect(rate('replicated', { sides, truth: 0, pick: false }), `${sides} sides`).toBeLessThan(0.01)
    expect(rate('replicated', { sides, truth: 0, pick: true }), `${sides} sides, picked`).toBeLessThan(0.04)
  }
})

test('by simulation: what holds everywhere is hardly ever called contradicted, and is found where it is large', () => {
  for (const sides of [2, 5, 10])
    for (const truth of [0, 2])
      expect(rate('contradicted', { sides, truth, pick: false }), `${sides} sides, ${truth}`).toBeLessThan(0.03)
  for (const sides of [2, 3, 5])
    expect(rate('replicated', { sides, truth: 4, pick: false }), `${sides} sides`).toBeGreaterThan(0.9)
})
