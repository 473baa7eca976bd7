import { expect, test } from 'vitest'
import { benchJudge } from '../../scripts/bench/judge.ts'
import { changesOfLedger } from '../../scripts/bench/ledger.ts'
import { createRandom } from '../../scripts/stats/random.ts'

const result = benchJudge(24, 2)

test('the same seed gives the same tables, another seed others', () => {
  expect(benchJudge(4, 2)).toEqual(benchJudge(4, 2))
  expect(benchJudge(4, 3)).not.toEqual(benchJudge(4, 2))
})

test('simulated nights at the σ of the ledger keep and claim about what its night did', () => {
  // 22 keeps and 0.0282, give or take what nights differ by (about 4 and 0.005).
  const plain = result.rules.find(row => row.sigma === 0.0005 && row.rule === 'less-than')
  expect(Math.abs((plain?.keeps ?? 0) - 22)).toBeLessThan(8)
  expect(Math.abs((plain?.claimed ?? 0) - 0.0282)).toBeLessThan(0.01)
})

test('the best score claims too much, more so where runs are noisier', () => {
  const factor = (sigma: number) => {
    const row = result.rules.find(one => one.sigma === sigma && one.rule === 'less-than')
    return (row?.claimed ?? 0) / (row?.gain ?? 1)
  }
  expect(factor(0.0005)).toBeGreaterThan(1)
  expect(factor(0.002)).toBeGreaterThan(factor(0.0005) + 0.1)
})

test('repeats leave fewer experiments to the night, and fewer useless keeps', () => {
  const row = (rule: string) => result.rules.find(one => one.sigma === 0.002 && one.rule === rule)
  expect(row('with repeats')?.experiments).toBeLessThan(row('less-than')?.experiments ?? 0)
  expect(row('with repeats')?.useless).toBeLessThan(row('less-than')?.useless ?? 0)
})

test('confirmed intervals hold the true gain in most nights', () => {
  // 24 nights each at 95%: fewer than 19 would happen once in two thousand times.
  expect(result.coverage).toHaveLength(6)
  for (const { covered } of result.coverage) expect(covered).toBeGreaterThan(18 / 24)
})

test('most changes of the rest of the night are no gain, and none gains more than any did', () => {
  const [draw, random] = [changesOfLedger(), createRandom(1)]
  const effects = Array.from({ length: 4000 }, () => draw(random, 60).effect)
  expect(effects.filter(effect => effect > 0).length).toBeLessThan(2000)
  expect(effects.filter(effect => effect > 0.002).length).toBeLessThan(20)
})
