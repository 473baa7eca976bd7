import { expect, test } from 'vitest'
import { confirmedHoldout, confirmGain } from '../../scripts/stats/confirm.ts'
import { studentQuantile } from '../../scripts/stats/distributions.ts'
import { createRandom } from '../../scripts/stats/random.ts'
import { levelOfLook } from '../../scripts/stats/sequential.ts'

// A first look may err in two thirds of 5%, so t is taken at 1 − 1/60: 5.339333 with 2 degrees of freedom (closed form),
// 2.465983 with 10.

test('the gain is the difference of the means, with a t interval from the pooled variance', () => {
  // Means 2.50 and 2.40; squares 0.0002 + 0.0008 over 2 degrees of freedom: s² = 0.0005.
  // Half width: 5.339333·√(0.0005·(1/2 + 1/2)) = 0.119391.
  const confirmed = confirmGain({ baseline: [2.490001, 2.510001], head: [2.380001, 2.420001] }, 'minimize', null)
  expect(confirmed.gain).toBeCloseTo(0.1, 9)
  expect(confirmed.interval[0]).toBeCloseTo(0.1 - 0.119391, 5)
  expect(confirmed.interval[1]).toBeCloseTo(0.1 + 0.119391, 5)
  expect(confirmed).toMatchObject({ seeds: 2, looks: 1, spread: null, verdict: 'inconclusive' })
  expect(confirmed.baseline).toBeCloseTo(2.500001, 9)
  expect(confirmed.head).toBeCloseTo(2.400001, 9)
})

test('the sign flips when the goal is to maximise: the same numbers are worse', () => {
  const runs = { baseline: [2.490001, 2.510001], head: [2.370001, 2.390001] }
  expect(confirmGain(runs, 'minimize', null)).toMatchObject({ verdict: 'better' })
  expect(confirmGain(runs, 'maximize', null)).toMatchObject({ verdict: 'worse' })
  expect(confirmGain(runs, 'maximize', null).gain).toBeCloseTo(-0.12, 9)
})

test("the session's σ is pooled by its degrees of freedom", () => {
  // s² = (0.001 + 8·0.02²)/(2 + 8) = 0.00042; half width 2.465983·√0.00042 = 0.050538.
  const runs = { baseline: [2.490001, 2.510001], head: [2.380001, 2.420001] }
  const { gain, interval } = confirmGain(runs, 'minimize', { sigma: 0.02, df: 8 })
  expect(gain - interval[0]).toBeCloseTo(0.050538, 5)
})

test('a later look has a wider interval than the first, and looks at the same number of runs count once', () => {
  // t with 2 degrees of freedom in closed form; the level is checked in sequential.test.ts.
  const runs = { baseline: [2.490001, 2.510001], head: [2.380001, 2.420001] }
  const half = (earlier: number[]) => {
    const { gain, interval } = confirmGain(runs, 'minimize', null, earlier)
    return gain - interval[0]
  }
  const p = 1 - levelOfLook([1, 2]) / 2
  const t = (2 * p - 1) / Math.sqrt(2 * p * (1 - p))
  expect(half([1])).toBeCloseTo(t * Math.sqrt(0.0005), 6)
  expect(half([1])).toBeGreaterThan(half([]) * 1.3)
  expect(half([2])).toBe(half([]))
  expect(confirmGain(runs, 'minimize', null, [1]).looks).toBe(2)
})

test('a head with a much larger standard deviation than the baseline gets its own variance', () => {
  // Variances 0.0001 and 0.01, 2 degrees of freedom each: standard error √(0.0001/3 + 0.01/3) = 0.058023, Welch's
  // degrees of freedom 2.039996; t(1 − 1/60, 2.039996) = 5.222495 by numerical integration.
  const runs = { baseline: [2.490001, 2.500001, 2.510001], head: [2.300001, 2.400001, 2.500001] }
  const { gain, interval, spread } = confirmGain(runs, 'minimize', null)
  expect(spread?.baseline).toBeCloseTo(0.01, 9)
  expect(spread?.head).toBeCloseTo(0.1, 9)
  expect(gain - interval[0]).toBeCloseTo(0.303025, 5)
})

test('with two runs of the head, only a much larger standard deviation separates the variances', () => {
  // F(1, 1) at 95% is 161: a ratio of spreads of 12.7.
  const pair = (spread: number) => ({ baseline: [2.49, 2.500001], head: [2.3, 2.300001 + spread] })
  expect(confirmGain(pair(0.1), 'minimize', null).spread).toBeNull()
  expect(confirmGain(pair(0.14), 'minimize', null).spread).not.toBeNull()
})

test("the head's spread is compared with the baseline's runs pooled with the session's σ", () => {
  const runs = { baseline: [2.490001, 2.500001, 2.510001], head: [2.375001, 2.400001, 2.425001] }
  const known = (sigma: number) => confirmGain(runs, 'minimize', { sigma, df: 8 }).spread
  // (2·0.01² + 8·0.01²)/10 makes 0.01: a ratio of variances of 6.25, above F(2, 10) at 95%, which is 4.10.
  expect(known(0.01)).not.toBeNull()
  // (2·0.01² + 8·0.02²)/10 = 0.00034 makes 0.0184, a ratio of 1.84.
  expect(known(0.02)).toBeNull()
  // A smaller spread of the head does not separate the variances.
  expect(confirmGain({ baseline: runs.head, head: runs.baseline }, 'minimize', null).spread).toBeNull()
})

test('twice the standard deviation is not a larger spread where equal spreads would show it as often', () => {
  // F(2, 2) at 95% is 19: a ratio of spreads of 4.4. From there on the interval is Welch's.
  const runs = (head: number) => ({ baseline: [2.49, 2.500001, 2.51], head: [2.4 - head, 2.400001, 2.4 + head] })
  expect(confirmGain(runs(0.04), 'minimize', null).spread).toBeNull()
  expect(confirmGain(runs(0.05), 'minimize', null).spread).not.toBeNull()
  const width = (head: number) => {
    const [low, high] = confirmGain(runs(head), 'minimize', null).interval
    return (high - low) / head
  }
  expect(width(0.044) / width(0.043)).toBeGreaterThan(1.1)
})

test("the baseline's planned runs count on its side, unless a t test at 5% tells them from its confirm runs", () => {
  // Mean of five runs 2.5; s² = (0.0002 + 0.0008 + 2·0.0005)/(1 + 1 + 2) = 0.0005, t(1 − 1/60, 4) = 3.186316.
  const noise = { sigma: Math.sqrt(0.0005), df: 2 }
  const runs = { baseline: [2.490001, 2.510001], head: [2.380001, 2.420001], planned: [2.48, 2.500001, 2.520002] }
  const found = confirmGain(runs, 'minimize', noise)
  expect(found).toMatchObject({ seeds: 2, plannedRuns: 3 })
  expect(found.baseline).toBeCloseTo(2.500001, 9)
  expect(found.gain - found.interval[0]).toBeCloseTo(3.186316 * Math.sqrt(0.0005 * (1 / 5 + 1 / 2)), 6)
  // 2.776445·√(0.0005·(1/3 + 1/2)) = 0.056674.
  const moved = (by: number) =>
    confirmGain({ ...runs, planned: runs.planned.map(value => value + by) }, 'minimize', noise).plannedRuns
  expect([0.056, -0.056, 0.057, -0.057].map(moved)).toEqual([3, 3, 0, 0])
})

test('with planned runs, each look counts what both trees knew', () => {
  const [noise, runs] = [
    { sigma: 0.02, df: 8 },
    { baseline: [2.490001, 2.510001], head: [2.380001, 2.420001] },
  ]
  const half = (planned: number[]) => {
    const { gain, interval } = confirmGain({ ...runs, planned }, 'minimize', noise, [1])
    return (gain - interval[0]) / Math.sqrt(0.00042 * (1 / (2 + planned.length) + 1 / 2))
  }
  // Effective pairs: 1 and 2; with two planned runs 2/(1/3 + 1) = 1.5 and 2/(1/4 + 1/2) = 2.667.
  expect(half([])).toBeCloseTo(studentQuantile(1 - levelOfLook([1, 2]) / 2, 10), 6)
  expect(half([2.500001, 2.500002])).toBeCloseTo(studentQuantile(1 - levelOfLook([1.5, 8 / 3]) / 2, 10), 6)
})

test('the confirm runs help to decide whether earlier sessions count', () => {
  const runs = { baseline: [2.4, 2.5, 2.6], head: [2.1, 2.2, 2.300001] }
  const earlierSessions = [{ id: 'quiet', sigma: 0.02, df: 30 }]
  const own = { sigma: 0.04, df: 2 }
  const noise = { sigma: Math.sqrt((own.sigma ** 2 + 0.02 ** 2) / 2), df: 4, own, earlierSessions }
  // The session's own 0.04 agrees with 0.02, the confirm runs' 0.1 do not: F(6, 30) = (4·0.01 + 2·0.0016)/6/0.0004 = 18.
  expect(confirmGain(runs, 'minimize', noise)).toEqual(confirmGain(runs, 'minimize', own))
  const near = { ...noise, earlierSessions: [{ id: 'near', sigma: 0.08, df: 30 }] }
  // Six degrees of freedom of its own leave them a weight of 3/6.
  const variance = (0.0432 + 0.5 * 0.0064) / 6.5
  const { gain, interval } = confirmGain(runs, 'minimize', near)
  const t = studentQuantile(1 - 1 / 60, 6.5)
  expect(gain - interval[0]).toBeCloseTo(t * Math.sqrt((variance * 2) / 3), 6)
})

test('gains are right for metrics near zero, below it, in integers, and to maximise', () => {
  const cases = [
    { baseline: [0.0012, -0.0008], head: [-0.0098, -0.0102], gain: 0.0102 },
    { baseline: [-3.4988, -3.5008], head: [-3.5098, -3.5102], gain: 0.0102 },
    { baseline: [1234, 1254], head: [1131, 1153], gain: 102 },
  ]
  for (const { gain, ...runs } of cases) {
    const noise = { sigma: Math.abs((runs.baseline[1] ?? 0) - (runs.baseline[0] ?? 0)) / 2, df: 10 }
    const [less, more] = (['minimize', 'maximize'] as const).map(goal => confirmGain(runs, goal, noise))
    expect(less?.gain).toBeCloseTo(gain, 9)
    expect(less?.verdict).toBe('better')
    expect(more?.gain).toBeCloseTo(-gain, 9)
    expect(more?.interval).toEqual(less?.interval.map(end => -end).reverse())
  }
  // All equal: exact where the metric is fine or its step unknown, rounded where it shows its step.
  const equal = (value: number) => confirmGain({ baseline: [value, value], head: [value, value] }, 'minimize', null)
  expect(equal(0).interval).toEqual([0, 0])
  expect(equal(3).interval[1]).toBeGreaterThan(0)
})

test('on the holdout, runs that agree by chance do not widen the interval', () => {
  const runs = { baseline: [2.496, 2.500001, 2.504], head: [2.36, 2.400001, 2.44] }
  const holdout = confirmedHoldout(runs, 'minimize')
  // Variances 0.000016 and 0.0016 pooled: 0.000808; t(1 − 1/60, 4) = 3.186316.
  expect((holdout?.gain ?? 0) - (holdout?.interval[0] ?? 0)).toBeCloseTo(3.186316 * Math.sqrt((0.000808 * 2) / 3), 5)
})

test('one run per tree is enough if σ is known', () => {
  // Half width: 2.465983·0.02·√2 = 0.069749, more than the gain.
  const confirmed = confirmGain({ baseline: [2.500001], head: [2.450001] }, 'minimize', { sigma: 0.02, df: 10 })
  expect(confirmed.interval[0]).toBeCloseTo(0.05 - 0.069749, 5)
  expect(confirmed).toMatchObject({ seeds: 1, verdict: 'inconclusive' })
})

test('without any repeat there is no interval', () => {
  expect(() => confirmGain({ baseline: [2.5], head: [2.4] }, 'minimize', null)).toThrow(/no interval/)
  expect(() => confirmGain({ baseline: [], head: [2.4] }, 'minimize', null)).toThrow(RangeError)
  expect(confirmedHoldout({ baseline: [2.5], head: [2.4] }, 'minimize')).toBeNull()
  expect(confirmedHoldout({ baseline: [2.5, 2.6], head: [] }, 'minimize')).toBeNull()
})

test('a deterministic gain is exact', () => {
  const runs = { baseline: [2.512345, 2.512345], head: [2.412345, 2.412345] }
  expect(confirmGain(runs, 'minimize', { sigma: 0, df: 2 })).toMatchObject({ verdict: 'better' })
  expect(confirmGain({ ...runs, head: runs.baseline }, 'minimize', null)).toMatchObject({
    gain: 0,
    interval: [0, 0],
    verdict: 'inconclusive',
  })
})

test('agreeing runs of a coarse metric do not make a gain certain', () => {
  // Step 0.01, rounding noise 0.002887, 2 degrees of freedom: half width 5.339333·0.002887 = 0.015413.
  const confirmed = confirmGain({ baseline: [0.93, 0.93], head: [0.94, 0.94] }, 'maximize', null)
  expect(confirmed.verdict).toBe('inconclusive')
  expect(confirmed.interval[1] - confirmed.gain).toBeCloseTo(0.015413, 5)
})

test('the first interval misses the true gain in two thirds of 5% of sessions, also on the holdout', () => {
  const random = createRandom(5)
  const draw = (truth: number, n: number) => Array.from({ length: n }, () => truth + random.normal())
  const sessions = 2000
  let [val, holdout] = [0, 0]
  for (let i = 0; i < sessions; i++) {
    const [a = 0, b = 0, c = 0] = draw(0, 3)
    const center = (a + b + c) / 3
    const sigma = Math.sqrt(((a - center) ** 2 + (b - center) ** 2 + (c - center) ** 2) / 2)
    const seen = confirmGain({ baseline: draw(0, 2), head: draw(-0.7, 2) }, 'minimize', { sigma, df: 2 }).interval
    const unseen = confirmedHoldout({ baseline: draw(0, 2), head: draw(-0.7, 2) }, 'minimize')?.interval ?? [1, 0]
    if (seen[0] <= 0.7 && 0.7 <= seen[1]) val++
    if (unseen[0] <= 0.7 && 0.7 <= unseen[1]) holdout++
  }
  // Three standard errors: 0.012.
  expect(Math.abs(val / sessions - 29 / 30)).toBeLessThan(0.012)
  expect(Math.abs(holdout / sessions - 29 / 30)).toBeLessThan(0.012)
})
