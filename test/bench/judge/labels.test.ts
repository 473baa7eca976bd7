import { expect, test } from 'vitest'
import { benchDeletions } from '../../../bench/judge/deletions.ts'
import { labelledSession } from '../../../bench/judge/labels.ts'
import { benchLuck } from '../../../bench/judge/luck.ts'
import { binsOf } from '../../../bench/judge/slots.ts'
import { createRandom } from '../../../scripts/stats/random.ts'

test.each([1, 8])(
  'with %i slots, nine in ten or more of the likely changes are real, and plain gains are likely',
  slots => {
    const random = createRandom(3)
    const keeps = Array.from({ length: 60 }, () => labelledSession(random, 'mar8-like', 30, slots)).flat()
    const likely = keeps.filter(({ label }) => label === 'likely')
    const plain = keeps.filter(({ effect }) => effect >= 2)
    expect(likely.length).toBeGreaterThan(30)
    const share = likely.filter(({ effect }) => effect > 0).length / likely.length
    expect(share).toBeGreaterThan(0.9 - 3 * Math.sqrt(0.09 / likely.length))
    const found = plain.filter(({ label }) => label === 'likely').length / plain.length
    expect(found).toBeGreaterThan(0.45 - 3 * Math.sqrt(0.25 / plain.length))
  },
)

test('a session of eight experiments never says likely', () => {
  const random = createRandom(4)
  const keeps = Array.from({ length: 40 }, () => labelledSession(random, 'few large, rest -1', 8, 1)).flat()
  const said = new Set(keeps.map(({ label }) => label))
  // Where one change was kept, confirm runs it against its parent and may confirm or refute it.
  expect(said.has('likely') || said.has('unproven')).toBe(false)
  expect(said.has('too few runs')).toBe(true)
})

test('where nothing has an effect, at most a few sessions in a hundred have a likely change', () => {
  const random = createRandom(5)
  const sessions = Array.from({ length: 50 }, () => labelledSession(random, 'all null', 30, 8))
  const wrong = sessions.filter(keeps => keeps.some(({ label }) => label === 'likely')).length
  expect(wrong / 50).toBeLessThan(0.03 + 3 * Math.sqrt((0.03 * 0.97) / 50))
})

test('with eight slots, changes of which P(real) says over 90% are as real as that', () => {
  const top = binsOf('mar8-like', 8, 12, createRandom(6)).at(-1) ?? { keeps: 0, predicted: 0, real: 0 }
  expect(top.keeps).toBeGreaterThan(20)
  expect(top.real / top.keeps).toBeGreaterThan(top.predicted / top.keeps - 3 * Math.sqrt(0.09 / top.keeps))
})

test('luck is what the best of the single runs exceeds the baseline by', () => {
  const rows = benchLuck(0.015, createRandom(7))
  const value = (what: string) => rows.find(row => row.measured.startsWith(what) && row.measured.includes(' 30 '))
  const [luck, best] = [value('luck by'), value('best of')]
  expect(Math.abs((luck?.value ?? 0) - (best?.value ?? 9))).toBeLessThan(3 * (best?.error ?? 0))
})

test('deletions that each lose a little add up, with line_cost more than without', () => {
  const [cost, , plain] = benchDeletions(0.02, createRandom(8))
  expect(plain?.value).toBeGreaterThan(0.5)
  expect((cost?.value ?? 0) - (plain?.value ?? 0)).toBeGreaterThan(0)
})
