import { expect, test } from 'vitest'
import { benchJudge } from '../../../bench/judge/judge.ts'
import { changesOfLedger } from '../../../bench/judge/ledger.ts'
import { createRandom } from '../../../scripts/stats/random.ts'

const result = benchJudge(60, 2)
const find = (start: string, sigma: number, rule: string) =>
  result.rules.find(row => row.start === start && row.sigma === sigma && row.rule === rule)

test('the same seed gives the same tables, another seed others', () => {
  expect(benchJudge(4, 2)).toEqual(benchJudge(4, 2))
  expect(benchJudge(4, 3)).not.toEqual(benchJudge(4, 2))
})

test('simulated nights at the σ of the ledger keep and claim about what its night did', () => {
  // 22 keeps and 0.0282, give or take what nights differ by (about 4 and 0.005).
  const plain = find('untuned', 0.0005, 'less-than')
  expect(Math.abs((plain?.keeps ?? 0) - 22)).toBeLessThan(8)
  expect(Math.abs((plain?.claimed ?? 0) - 0.0282)).toBeLessThan(0.01)
})

test('the best score claims too much, more so where runs are noisier or little is left to gain', () => {
  const excess = (start: string, sigma: number) => {
    const row = find(start, sigma, 'less-than')
    return (row?.claimed ?? 0) / (row?.gain ?? 1)
  }
  expect(excess('untuned', 0.0005)).toBeGreaterThan(1)
  expect(excess('untuned', 0.002)).toBeGreaterThan(excess('untuned', 0.0005) + 0.1)
  expect(excess('tuned', 0.0005)).toBeGreaterThan(excess('untuned', 0.0005) + 0.1)
})

test('repeats leave fewer experiments to the night, and fewer useless keeps', () => {
  const [plain, repeats] = [find('untuned', 0.002, 'less-than'), find('untuned', 0.002, 'with repeats')]
  expect(repeats?.experiments).toBeLessThan(plain?.experiments ?? 0)
  expect(repeats?.useless).toBeLessThan(plain?.useless ?? 0)
})

test('confirmed intervals hold the true gain in most nights', () => {
  // 60 nights each at 95%: 50 or fewer happen once in a thousand times.
  expect(result.coverage).toHaveLength(6)
  for (const { covered } of result.coverage) expect(covered).toBeGreaterThan(50 / 60)
})

test('most changes of the rest of the night are no gain, and none gains more than any did', () => {
  const [draw, random] = [changesOfLedger(), createRandom(1)]
  const effects = Array.from({ length: 4000 }, () => draw(random, 60).effect)
  expect(effects.filter(effect => effect > 0).length).toBeLessThan(2000)
  expect(effects.filter(effect => effect > 0.002).length).toBeLessThan(20)
})
