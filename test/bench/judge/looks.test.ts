import { expect, test } from 'vitest'
import { benchLooks } from '../../../bench/judge/looks.ts'
import { createRandom } from '../../../scripts/stats/random.ts'

const cases = 400
const rows = benchLooks(cases, createRandom(2))
const of = (design: string) => rows.filter(row => row.design === design)
/** 5% and three standard errors. */
const most = 0.05 + 3 * Math.sqrt((0.05 * 0.95) / cases)

test('without a gain confirm errs in at most 5% of cases, extra pairs and two further confirms included', () => {
  for (const design of ['3 pairs', '3 to 6 pairs', '6 to 12 pairs', '3 to 6, thrice']) {
    expect(of(design)).toHaveLength(2)
    for (const { error } of of(design)) expect(error, design).toBeLessThan(most)
  }
})

test('without correction for looks there are twice as many errors, so the test above can fail', () => {
  for (const { error } of of('3 to 6, thrice, looks not counted')) expect(error).toBeGreaterThan(most)
})

test('extra pairs increase power within their limit, and large gains need none', () => {
  const [fixed, extra] = [of('3 pairs'), of('3 to 6 pairs')]
  for (const [i, row] of extra.entries()) {
    expect(row.power[1]).toBeGreaterThan((fixed[i]?.power[1] ?? 1) + 0.1)
    expect(row.power[1]).toBeGreaterThan(row.power[0])
    expect(row.errorPairs).toBeLessThanOrEqual(6 + 1e-9)
    expect(row.pairs[1]).toBeLessThan(row.pairs[0])
    expect(row.pairs[1]).toBeGreaterThan(3)
  }
})

test('the same seed gives the same table', () => {
  expect(benchLooks(5, createRandom(4))).toEqual(benchLooks(5, createRandom(4)))
})
