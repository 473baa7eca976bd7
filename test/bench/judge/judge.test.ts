import { expect, test } from 'vitest'
import { intervalCoverage } from '../../../bench/judge/honesty.ts'
import { benchJudge } from '../../../bench/judge/judge.ts'
import { changesOfLedger, LEDGER_LENGTH, LEDGER_SIGMA } from '../../../bench/judge/ledger.ts'
import { simulateSession } from '../../../bench/judge/session.ts'
import { createRandom } from '../../../scripts/stats/random.ts'

const result = benchJudge(60, 2)
const find = (start: string, sigma: number, rule: string) =>
  result.rules.find(row => row.start === start && row.sigma === sigma && row.rule === rule)

test('the same seed gives the same tables, another seed different ones', () => {
  expect(benchJudge(4, 2)).toEqual(benchJudge(4, 2))
  expect(benchJudge(4, 3)).not.toEqual(benchJudge(4, 2))
})

test('simulated sessions at the ledger’s σ have about its keeps and its best single run', () => {
  // 22 keeps and 0.0282: sessions differ by 4 and 0.005, one standard deviation each.
  const plain = find('untuned', 0.0005, 'less-than')
  expect(Math.abs((plain?.keeps ?? 0) - 22)).toBeLessThan(4)
  expect(Math.abs((plain?.claimed ?? 0) - 0.0282)).toBeLessThan(0.005)
})

test('the best single run is too optimistic, more so with more noise or less left to gain', () => {
  const excess = (start: string, sigma: number) => {
    const row = find(start, sigma, 'less-than')
    return (row?.claimed ?? 0) / (row?.gain ?? 1)
  }
  // Six other seeds of 60 sessions each lie within the same bounds.
  expect(Math.abs(excess('untuned', 0.0005) - 1.04)).toBeLessThan(0.02)
  expect(Math.abs(excess('untuned', 0.002) - 1.3)).toBeLessThan(0.1)
  expect(Math.abs(excess('tuned', 0.0005) - 1.36)).toBeLessThan(0.1)
})

test('repeats cost a tenth of the experiments and reduce useless keeps from any start', () => {
  for (const sigma of [0.0005, 0.002])
    for (const start of ['untuned', 'tuned']) {
      const [plain, repeats] = [find(start, sigma, 'less-than'), find(start, sigma, 'with repeats')]
      expect(plain?.experiments).toBe(LEDGER_LENGTH)
      expect(Math.abs((repeats?.experiments ?? 0) / LEDGER_LENGTH - 0.9), `${start} ${sigma}`).toBeLessThan(0.04)
      expect(repeats?.useless, `${start} ${sigma}`).toBeLessThan(0.9 * (plain?.useless ?? 0))
    }
})

test('confirmed intervals of the first look contain the true gain in 29 of 30 sessions', () => {
  expect(result.coverage).toHaveLength(6)
  const [count, random, draw] = [2000, createRandom(3), changesOfLedger()]
  for (const sigma of [0.0005, 0.002]) {
    const sessions = Array.from({ length: count }, () =>
      simulateSession(random, draw, { sigma, policy: null, runs: LEDGER_LENGTH }),
    )
    // Three standard deviations of a share of 2,000.
    for (const { noise, covered } of intervalCoverage(sessions, sigma, random))
      expect(Math.abs(covered - 29 / 30), `${noise}, ${sigma}`).toBeLessThan(0.012)
  }
})

test('45% of the changes after the opening are gains, and none exceeds the largest measured one', () => {
  const [draw, random] = [changesOfLedger(), createRandom(1)]
  const effects = Array.from({ length: 40_000 }, () => draw(random, 60).effect)
  // The share of the fitted histogram, and three standard deviations of a share of 40,000.
  expect(Math.abs(effects.filter(effect => effect > 0).length / 40_000 - 0.451)).toBeLessThan(0.0075)
  // 4 in 100,000 are beyond 4σ.
  expect(effects.filter(effect => effect > 0.002).length).toBeLessThan(6)
  expect(Math.max(...effects)).toBeLessThan(26 * LEDGER_SIGMA)
})
