import { expect, test } from 'vitest'
import { checkDrift } from '../../../bench/judge/drift.ts'
import { createRandom } from '../../../scripts/stats/random.ts'

test('in simulation a quiet machine is rarely said to drift, a drifting one mostly, and an unsteady one is said to be', () => {
  // 290 quiet machines: were one in twenty said to drift, the limit would be passed 19 times in 20.
  const rows = checkDrift(0.01, createRandom(3))
  const limited = rows.filter(row => row.asked)
  const [hits, cases] = limited.reduce(([h, n], row) => [h + row.value * row.cases, n + row.cases], [0, 0])
  expect(hits / cases).toBeLessThan(0.01 + 3 * Math.sqrt(0.01 / cases))
  const value = (measured: string) => rows.find(row => row.measured === measured)?.value
  expect(value('drift of the metric: 30 experiments, metric moves 1σ a run')).toBeGreaterThan(0.8)
  expect(value('unsteady: 30 experiments, every third run 1.3 times slower, 13 steps')).toBeGreaterThan(0.8)
})
