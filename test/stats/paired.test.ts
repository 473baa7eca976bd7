import { expect, test } from 'vitest'
import { confirmPaired, isHopeless, middleMean, pairedGain, pairNoise, pairsWorth } from '../../scripts/stats/paired.ts'
import { probabilitiesOfPairs } from '../../scripts/stats/pairedChance.ts'
import { createRandom } from '../../scripts/stats/random.ts'

const random = createRandom(11)
/** Differences of pairs with a true gain; a share of the runs is ten standard deviations slower. */
const differences = (n: number, gain = 0, outliers = 0): number[] =>
  Array.from({ length: n }, () => {
    const run = () => random.normal() + (random.uniform() < outliers ? 10 : 0)
    return gain + run() - run()
  })
const deviation = (values: number[]): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length)

test('the gain is the mean of the middle third, so that an outlier of four pairs does not count', () => {
  expect(middleMean([1, 2, 90])).toBe(31)
  expect(middleMean([1, 90, 2, 3])).toBe(2.5)
  expect(middleMean([5, -70, 1, 80, 2, 3])).toBe(2.5)
  expect(() => middleMean([])).toThrow(RangeError)
})

test.each([0, 0.05])('σ says how much the gain of six pairs varies, with a share of %f outliers', outliers => {
  const groups = Array.from({ length: 4000 }, () => differences(6, 0, outliers))
  const told = (pairNoise(groups)?.sigma ?? 0) * Math.sqrt(2 / 6)
  const varies = deviation(groups.map(middleMean))
  // Three standard errors of a standard deviation from 4,000 values; outliers make σ err upward by 7%.
  expect(told / varies).toBeGreaterThan(0.965)
  expect(told / varies).toBeLessThan(outliers > 0 ? 1.12 : 1.035)
})

test('σ is unknown from single pairs, 0 from equal ones, and no smaller than the rounding of the metric', () => {
  expect(pairNoise([[1], [2]])).toBeNull()
  expect(pairNoise([[1, 1, 1, 1]])).toMatchObject({ sigma: 0, interval: null })
  expect(pairNoise([[1, 1, 1, 1]], 0.04)?.sigma).toBeCloseTo(0.2, 12)
  expect(pairNoise([[1, 2], [4], [5, 7]])).toMatchObject({ df: 2, runs: 8 })
})

test('pairs that scatter more than the session’s are worth fewer, and calm ones no more than their number', () => {
  expect(pairsWorth([1, 1, 1, 1, 1, 1], 1)).toBe(6)
  expect(pairsWorth([0, 0, 10, 10, 0, 10], 1)).toBeLessThan(1)
  const [calm, wild] = [pairedGain([0, 1, 0, 1], { sigma: 1, df: 50 }), pairedGain([0, 9, 0, 9], { sigma: 1, df: 50 })]
  expect(wild.half).toBeGreaterThan(2 * (calm.half ?? 0))
  expect(pairedGain([1, 2], null)).toEqual({ gain: 1.5, half: null, pairs: 2 })
})

test('an experiment ends early only when each pair is a loss of three standard deviations', () => {
  const noise = { sigma: 1, df: 20 }
  expect(isHopeless([-9, -8], 0, noise)).toBe(true)
  expect(isHopeless([-9], 0, noise)).toBe(false)
  // One outlier does not end it.
  expect(isHopeless([-9, -1], 0, noise)).toBe(false)
  expect(isHopeless([-9, -8], 0, { sigma: 1, df: 3 })).toBe(false)
  // A simplification may lose a little.
  expect(isHopeless([-4.4, -4.4], -0.5, noise)).toBe(false)
  expect(isHopeless([1, 1], 9, noise)).toBe(false)
})

test.each([3, 6])('confirm’s interval of %i pairs covers the true gain, outliers or not', pairs => {
  for (const outliers of [0, 0.05]) {
    const cases = 800
    let covered = 0
    for (let i = 0; i < cases; i++) {
      const session = Array.from({ length: 15 }, () => differences(pairs, 0, outliers))
      const gains = differences(pairs, 2, outliers)
      const found = confirmPaired({ baseline: gains.map(() => 50), head: gains.map(g => 50 - g) }, 'minimize', session)
      const [low, high] = found?.interval ?? [0, 0]
      covered += low <= 2 && 2 <= high ? 1 : 0
    }
    // Less three standard errors. Outliers among three pairs are not left out.
    const asked = outliers > 0 && pairs === 3 ? 0.93 : 0.95
    expect(covered / cases).toBeGreaterThan(asked - 3 * Math.sqrt((0.95 * 0.05) / cases))
  }
})

test('a drift that both runs of a pair share does not widen confirm’s interval', () => {
  const baseline = [100, 108, 121, 134]
  const head = [98.1, 105.8, 119.0, 132.1]
  const found = confirmPaired({ baseline, head }, 'minimize', [])
  expect(found).toMatchObject({ verdict: 'better', seeds: 4, looks: 1, spread: null })
  expect(found?.gain).toBeCloseTo(1.95, 6)
  expect(confirmPaired({ baseline: [1], head: [2] }, 'minimize', [])).toBeNull()
  expect(confirmPaired({ baseline: [], head: [] }, 'minimize', [[1, 2]])).toBeNull()
  // The session's pairs bound the noise of a single one.
  expect(confirmPaired({ baseline: [10], head: [12] }, 'maximize', [[0.1, -0.1, 0]])?.verdict).toBe('better')
})

test('P(real) of pairs: a large gain is real, gains of noise are not, and fewer pairs say less', () => {
  const none = differences(30).map((_, i) => ({ gain: (i % 2 === 0 ? 1 : -1) * 0.4 * ((i % 5) / 5), pairs: 6 }))
  const judged = [...none, { gain: 4, pairs: 6 }, { gain: 4, pairs: 0.5 }]
  const found = probabilitiesOfPairs(judged, { sigma: 1, df: 90 })
  expect(found.at(-2)).toBeGreaterThan(0.95)
  expect(found.at(-1)).toBeLessThan(found.at(-2) ?? 0)
  expect(Math.max(...found.slice(0, 30))).toBeLessThan(0.7)
  expect(
    probabilitiesOfPairs(
      [
        { gain: 1, pairs: 4 },
        { gain: 0, pairs: 4 },
      ],
      { sigma: 0, df: 5 },
    ),
  ).toEqual([1, 0])
  expect(() => probabilitiesOfPairs([{ gain: Number.NaN, pairs: 4 }], { sigma: 1, df: 5 })).toThrow(RangeError)
})
