import { expect, test } from 'vitest'
import { checkPrune } from '../../../bench/judge/prune.ts'
import { createRandom } from '../../../scripts/stats/random.ts'

test('prune costs no law more than it may, and gains most where much that was kept is bad', () => {
  const lines = checkPrune(0.01, createRandom(3)).filter(r => / experiments, 1 slot$/.test(r.measured))
  // A share of a gain needs more sessions than a test has time for.
  for (const { measured, value, error, asked, unit } of lines)
    if (asked !== null && unit !== '%') expect(value, measured).toBeGreaterThan(asked.limit - 3 * (error ?? 0))
  const gain = (about: string) => lines.find(r => r.measured === `true gain of the final over the head, ${about}`)
  const [bad, none] = [gain('few large, rest -1, 124 experiments, 1 slot'), gain('all null, 124 experiments, 1 slot')]
  expect((bad?.value ?? 0) - 3 * (bad?.error ?? 0)).toBeGreaterThan(0)
  expect(none?.value).toBe(0)
})
