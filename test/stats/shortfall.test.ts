import { mean } from 'simple-statistics'
import { expect, test } from 'vitest'
import { createRandom } from '../../scripts/stats/random.ts'
import { chanceShortfall } from '../../scripts/stats/shortfall.ts'

const sigma = 0.01

/** A session that keeps whatever scores better, as the loop does, and then adopts some of what it kept. */
function session(random: ReturnType<typeof createRandom>, effects: number[], choose: (kept: number[][]) => number[][]) {
  const noise = () => sigma * random.normal()
  let head = { truth: 0, value: noise(), number: 0 }
  const kept: number[][] = []
  for (const [i, effect] of effects.entries()) {
    const value = head.truth + effect + noise()
    if (value <= head.value) continue
    kept.push([effect, value - head.value, head.number])
    head = { truth: head.truth + effect, value, number: i + 1 }
  }
  const chosen = choose(kept)
  const seeds = 3
  const runs = (truth: number) => mean(Array.from({ length: seeds }, () => truth + noise()))
  const truth = chosen.reduce((sum, [effect = 0]) => sum + effect, 0)
  const promised = chosen.reduce((sum, [, gain = 0]) => sum + gain, 0)
  const heads = Map.groupBy(chosen, ([, , number]) => number)
  const errors = {
    candidates: effects.map(() => 1),
    chosen: chosen.length,
    others: [Math.sqrt(2 / seeds), ...[...heads.values()].map(group => group.length)],
  }
  return { measure: (lost: number) => promised - (runs(truth - lost) - runs(0)), errors, chosen: chosen.length }
}

const bounds = new Map<string, number>()
/** Sessions with as many chosen changes on as many heads have the same bound. */
function boundOf(errors: Parameters<typeof chanceShortfall>[1]): number {
  const key = JSON.stringify(errors)
  const bound = bounds.get(key) ?? chanceShortfall({ sigma, df: 40 }, errors)
  bounds.set(key, bound)
  return bound
}

const rules = {
  all: (kept: number[][]) => kept,
  largest: (kept: number[][]) => kept.toSorted((a, b) => (b[1] ?? 0) - (a[1] ?? 0)).slice(0, 2),
  luckiest: (kept: number[][]) =>
    kept.toSorted((a, b) => (b[1] ?? 0) - (b[0] ?? 0) - (a[1] ?? 0) + (a[0] ?? 0)).slice(0, 2),
}

test.each(Object.entries(rules))(
  'changes that add up are called short of their sum in at most 1 of 40 sessions: %s',
  (_, rule) => {
    const random = createRandom(7)
    let [called, sessions] = [0, 0]
    for (let i = 0; i < 300; i++) {
      // From no effect at all to effects of several σ.
      const effects = Array.from({ length: 20 }, () => (i % 3) * sigma * (random.normal() - 1))
      const made = session(random, effects, rule)
      if (made.chosen === 0) continue
      sessions++
      if (made.measure(0) > boundOf(made.errors)) called++
    }
    expect(sessions).toBeGreaterThan(200)
    expect(called / sessions).toBeLessThanOrEqual(0.025)
  },
)

test('a loss that is large beside the noise is called', () => {
  const random = createRandom(11)
  const lost = Array.from({ length: 40 }, () => {
    const made = session(random, [0.2, 0.3, 0.2, -0.1, -0.1, 0.1], rules.largest)
    return made.measure(0.15) > boundOf(made.errors)
  })
  expect(lost.filter(Boolean).length).toBeGreaterThan(38)
})

test('what confirm measured, which nobody chose, may be missed by the error of both measurements', () => {
  const error = Math.sqrt(2 / 3)
  const found = chanceShortfall({ sigma, df: 1e6 }, { candidates: [], chosen: 0, others: [error, error] })
  expect(found / sigma).toBeCloseTo(1.96 * Math.SQRT2 * error, 0)
  expect(chanceShortfall({ sigma: 0, df: 3 }, { candidates: [1], chosen: 1, others: [1] })).toBe(0)
})
