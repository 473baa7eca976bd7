import { expect, test } from 'vitest'
import { benchJudge } from '../../../bench/judge/judge.ts'
import { changesOfLedger, LEDGER_LENGTH, LEDGER_SIGMA } from '../../../bench/judge/ledger.ts'
import { benchRules } from '../../../bench/judge/rules.ts'
import { defaults, simulateSession } from '../../../bench/judge/session.ts'
import { createRandom } from '../../../scripts/stats/random.ts'

const rows = benchRules(60, 2)
const find = (start: string, sigma: number, rule: string) =>
  rows.find(row => row.start === start && row.sigma === sigma && row.rule === rule)

test('the same seed gives the same tables, another seed different ones', () => {
  expect(benchJudge(4, 2, ['rules'])).toEqual(benchJudge(4, 2, ['rules']))
  expect(benchJudge(4, 3, ['rules']).rules).not.toEqual(benchJudge(4, 2, ['rules']).rules)
})

test('simulated sessions at the ledger’s σ have about its keeps and its best single run', () => {
  // 22 keeps and 0.0282: sessions differ by 4 and 0.005, one standard deviation each.
  const plain = find('untuned', 0.0005, 'less-than')
  expect(Math.abs((plain?.keeps ?? 0) - 22)).toBeLessThan(4)
  expect(Math.abs((plain?.single ?? 0) - 0.0282)).toBeLessThan(0.005)
})

test('the best single run is too optimistic, more so with more noise or less left to gain', () => {
  const excess = (start: string, sigma: number) => {
    const row = find(start, sigma, 'less-than')
    return (row?.single ?? 0) / (row?.gain ?? 1)
  }
  expect(Math.abs(excess('untuned', 0.0005) - 1.04)).toBeLessThan(0.02)
  expect(Math.abs(excess('untuned', 0.002) - 1.3)).toBeLessThan(0.1)
  expect(Math.abs(excess('tuned', 0.0005) - 1.36)).toBeLessThan(0.12)
})

test('repeats cost a tenth of the experiments and reduce useless keeps from any start', () => {
  for (const sigma of [0.0005, 0.002])
    for (const start of ['untuned', 'tuned']) {
      const [plain, repeats] = [find(start, sigma, 'less-than'), find(start, sigma, 'with repeats')]
      expect(Math.abs((repeats?.experiments ?? 0) / (plain?.experiments ?? 1) - 0.9), `${start} ${sigma}`).toBeLessThan(
        0.05,
      )
      expect(repeats?.useless, `${start} ${sigma}`).toBeLessThan(0.9 * (plain?.useless ?? 0))
    }
})

test('with several slots, a candidate is judged against the head it was made from, and kept only on the present head', () => {
  const session = simulateSession(createRandom(5), {
    ...defaults,
    slots: 8,
    experiments: 124,
    draw: r => ({ effect: r.normal(), linesAdded: 1, linesRemoved: 1 }),
  })
  const heads = session.experiments.filter(e => e.status === 'keep').map(e => e.number)
  const kept = session.experiments.filter(e => e.status === 'keep' && e.number > 0)
  for (const e of kept) expect(e.parent?.number).toBe(heads[heads.indexOf(e.number) - 1])
  const discarded = session.experiments.filter(e => e.status === 'discard')
  const lastHead = (index: number) => session.experiments.slice(0, index).findLast(e => e.status === 'keep')?.number
  // Some finished after the head had moved on.
  expect(discarded.some(e => e.parent?.number !== lastHead(session.experiments.indexOf(e)))).toBe(true)
  expect(session.experiments[0]?.runs).toHaveLength(defaults.seeds)
  expect(LEDGER_LENGTH).toBe(session.experiments.length - 1)
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
