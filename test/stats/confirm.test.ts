import { expect, test } from 'vitest'
import { confirmedHoldout, confirmGain } from '../../scripts/stats/confirm.ts'
import { createRandom } from '../../scripts/stats/random.ts'

test('the gain of the means, with a t interval by the variance of both', () => {
  // Means 2.50 and 2.40; squares 0.0002 + 0.0008 over 2 degrees of freedom: s² = 0.0005.
  // Half width: 4.302653·√(0.0005·(1/2 + 1/2)) = 0.096210.
  const confirmed = confirmGain({ baseline: [2.490001, 2.510001], tip: [2.380001, 2.420001] }, 'minimize', null)
  expect(confirmed.gain).toBeCloseTo(0.1, 9)
  expect(confirmed.interval[0]).toBeCloseTo(0.1 - 0.09621, 5)
  expect(confirmed.interval[1]).toBeCloseTo(0.1 + 0.09621, 5)
  expect(confirmed).toMatchObject({ seeds: 2, verdict: 'better' })
  expect(confirmed.baseline).toBeCloseTo(2.500001, 9)
  expect(confirmed.tip).toBeCloseTo(2.400001, 9)
})

test('to maximise turns the sign: the same numbers are worse', () => {
  const runs = { baseline: [2.490001, 2.510001], tip: [2.380001, 2.420001] }
  expect(confirmGain(runs, 'maximize', null)).toMatchObject({ verdict: 'worse' })
  expect(confirmGain(runs, 'maximize', null).gain).toBeCloseTo(-0.1, 9)
})

test("the night's σ is pooled in by its degrees of freedom", () => {
  // s² = (0.001 + 8·0.02²)/(2 + 8) = 0.00042; t with 10: 2.228139; half width 2.228139·√0.00042 = 0.045663.
  const runs = { baseline: [2.490001, 2.510001], tip: [2.380001, 2.420001] }
  const { gain, interval } = confirmGain(runs, 'minimize', { sigma: 0.02, df: 8 })
  expect(gain - interval[0]).toBeCloseTo(0.045663, 5)
})

test('one run each is enough where σ is known', () => {
  // Half width: 2.228139·0.02·√2 = 0.063021, more than the gain.
  const confirmed = confirmGain({ baseline: [2.500001], tip: [2.450001] }, 'minimize', { sigma: 0.02, df: 10 })
  expect(confirmed.interval[0]).toBeCloseTo(0.05 - 0.063021, 5)
  expect(confirmed).toMatchObject({ seeds: 1, verdict: 'undecided' })
})

test('without any repeat there is no interval', () => {
  expect(() => confirmGain({ baseline: [2.5], tip: [2.4] }, 'minimize', null)).toThrow(/no interval/)
  expect(() => confirmGain({ baseline: [], tip: [2.4] }, 'minimize', null)).toThrow(RangeError)
  expect(confirmedHoldout({ baseline: [2.5], tip: [2.4] }, 'minimize')).toBeNull()
  expect(confirmedHoldout({ baseline: [2.5, 2.6], tip: [] }, 'minimize')).toBeNull()
})

test('a deterministic gain is exact', () => {
  const runs = { baseline: [2.512345, 2.512345], tip: [2.412345, 2.412345] }
  expect(confirmGain(runs, 'minimize', { sigma: 0, df: 2 })).toMatchObject({ verdict: 'better' })
  expect(confirmGain({ ...runs, tip: runs.baseline }, 'minimize', null)).toMatchObject({
    gain: 0,
    interval: [0, 0],
    verdict: 'undecided',
  })
})

test('runs of a coarse metric that agree by luck do not make a certain gain', () => {
  // Step 0.01, rounding noise 0.002887, 2 degrees of freedom: half width 4.302653·0.002887 = 0.01242.
  const confirmed = confirmGain({ baseline: [0.93, 0.93], tip: [0.94, 0.94] }, 'maximize', null)
  expect(confirmed.verdict).toBe('undecided')
  expect(confirmed.interval[1] - confirmed.gain).toBeCloseTo(0.01242, 5)
})

test('the interval holds the true gain in 95 of 100 nights, on the holdout as well', () => {
  const random = createRandom(5)
  const draw = (truth: number, n: number) => Array.from({ length: n }, () => truth + random.normal())
  const nights = 2000
  let [val, holdout] = [0, 0]
  for (let i = 0; i < nights; i++) {
    const [a = 0, b = 0, c = 0] = draw(0, 3)
    const center = (a + b + c) / 3
    const sigma = Math.sqrt(((a - center) ** 2 + (b - center) ** 2 + (c - center) ** 2) / 2)
    const seen = confirmGain({ baseline: draw(0, 2), tip: draw(-0.7, 2) }, 'minimize', { sigma, df: 2 }).interval
    const unseen = confirmedHoldout({ baseline: draw(0, 2), tip: draw(-0.7, 2) }, 'minimize')?.interval ?? [1, 0]
    if (seen[0] <= 0.7 && 0.7 <= seen[1]) val++
    if (unseen[0] <= 0.7 && 0.7 <= unseen[1]) holdout++
  }
  // Three standard errors: 0.0146.
  expect(Math.abs(val / nights - 0.95)).toBeLessThan(0.0146)
  expect(Math.abs(holdout / nights - 0.95)).toBeLessThan(0.0146)
})
