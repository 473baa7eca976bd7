import { expect, test } from 'vitest'
import { branchGain } from '../../scripts/stats/confirm.ts'
import { estimateNoise } from '../../scripts/stats/noise.ts'
import { branchGainPaired } from '../../scripts/stats/paired.ts'
import { createRandom } from '../../scripts/stats/random.ts'

const random = createRandom(5)
const draw = (n: number, sd: number): number[] => Array.from({ length: n }, () => sd * random.normal())
const contains = (found: { interval: [number, number] } | null): boolean =>
  found !== null && found.interval[0] <= 0 && found.interval[1] >= 0
const SESSIONS = 1500
/** Three standard deviations of a share of 95% below it. */
const lowest = 0.95 - 3 * Math.sqrt((0.95 * 0.05) / SESSIONS)
const share = (once: () => boolean): number => Array.from({ length: SESSIONS }, once).filter(Boolean).length / SESSIONS

const cases = [2, 3].flatMap(pairs => [0.3, 1, 3, 10].map(times => ({ pairs, times })))

test.each(cases)(
  '$pairs pairs, a branch with $times times σ: the interval covers the true gain',
  ({ pairs, times }) => {
    const covered = share(() => {
      const noise = estimateNoise([draw(5, 1), draw(3, 1)])
      return contains(branchGain({ baseline: draw(pairs, 1), head: draw(pairs, times) }, 'minimize', noise))
    })
    expect(covered).toBeGreaterThan(lowest)
  },
)

test.each(cases)('the same in a paired session: $pairs pairs, $times times σ', ({ pairs, times }) => {
  const covered = share(() => {
    const session = Array.from({ length: 8 }, () => draw(3, Math.SQRT2))
    return contains(branchGainPaired({ baseline: draw(pairs, 1), head: draw(pairs, times) }, 'minimize', session))
  })
  expect(covered).toBeGreaterThan(lowest)
})

test('one pair gives no interval, however well σ is known', () => {
  const one = { baseline: [1], head: [0.5] }
  expect(branchGain(one, 'minimize', { sigma: 0.001, df: 40 })).toBeNull()
  expect(branchGainPaired(one, 'minimize', [[0.001, -0.001, 0]])).toBeNull()
})
