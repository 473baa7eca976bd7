import { expect, test } from 'vitest'
import { ablationCheck } from '../../../bench/judge/ablation.ts'
import { confirmHead, headOf, sessionWithKeep } from '../../../bench/judge/confirm.ts'
import { gapPower } from '../../../bench/judge/holdout.ts'
import type { Requirement } from '../../../bench/judge/requirement.ts'
import { trueValue } from '../../../bench/judge/session.ts'
import { sigmaCheck } from '../../../bench/judge/sigma.ts'
import { spreadCheck } from '../../../bench/judge/spread.ts'
import { createRandom } from '../../../scripts/stats/random.ts'

/** Rows that miss their limit by more than three standard errors. */
const missed = (rows: Requirement[]) =>
  rows.filter(({ value, error, asked }) => {
    if (asked === null) return false
    const excess = asked.at === 'least' ? asked.limit - value : value - asked.limit
    return excess > 3 * (error ?? 0)
  })
const find = (rows: Requirement[], text: string) => rows.find(row => row.measured.includes(text))?.value ?? Number.NaN

test.each([
  ['σ', sigmaCheck],
  ['the spread', spreadCheck],
  ['ablations', ablationCheck],
])('%s holds what is asked of it', { timeout: 60_000 }, (_, check) => {
  expect(missed(check(0.01, createRandom(3)))).toEqual([])
})

test('differences within a run show a gap the better, the more noise the two splits share', () => {
  const random = createRandom(3)
  const power = [0, 0.5, 0.7, 0.9].map(correlation => gapPower(correlation, 400, random).value)
  // 27, 47, 66 and 98%; three standard errors of 400 cases are at most 7.5 points.
  for (const [i, expected] of [0.27, 0.47, 0.66, 0.98].entries())
    expect(Math.abs((power[i] ?? 0) - expected), String(expected)).toBeLessThan(0.075)
})

test('an ablation with paired seeds finds more than one without where a seed moves all trees alike', () => {
  const rows = ablationCheck(0.04, createRandom(3))
  const about = '3 changes on 3 seeds, correlation of seeds 0.8'
  expect(find(rows, `2σ: called better, ${about}`)).toBeGreaterThan(0.9)
  expect(find(rows, `2σ: called better if seeds were not paired, ${about}`)).toBeLessThan(0.65)
})

test.each([
  [1, 1],
  [2, 2],
  [2, 3],
  [3, 3],
])(
  'confirm with %i pairs after %i baseline seeds covers the true gain over all its looks, calls by hand included',
  (pairs, seeds) => {
    const [random, cases] = [createRandom(7), 150]
    let held = 0
    for (let i = 0; i < cases; i++) {
      const session = sessionWithKeep(random, 'half null', { experiments: 8, seeds })
      const truth = -trueValue(session, headOf(session).number)
      const looks = confirmHead(session, { pairs, calls: 4 })
      if (looks.every(({ interval: [low, high] }) => low <= truth && truth <= high)) held++
    }
    // Asked is 94%, less three standard errors.
    expect(held / cases).toBeGreaterThan(0.94 - 3 * Math.sqrt((0.94 * 0.06) / cases))
  },
)
