import { expect, test } from 'vitest'
import { holdoutGap } from '../../scripts/stats/holdoutGap.ts'
import { createRandom } from '../../scripts/stats/random.ts'

const runs = (...pairs: [number, number][]) => pairs.map(([val, holdout]) => ({ val, holdout }))

test('the gap is the difference of the gains within the same runs, with its own t interval', () => {
  // holdout − val: 0.1, 0.12 and 0.15, 0.19. Squares 0.0002 + 0.0008 over 2 degrees of freedom; t(0.975, 2) = 4.302653.
  const baseline = runs([2.500001, 2.600001], [2.400001, 2.520001])
  const head = runs([2.300001, 2.450001], [2.100001, 2.290001])
  const gap = holdoutGap(baseline, head, 'minimize')
  // Gains 0.25 on val and 0.19 on the holdout.
  expect(gap?.gain).toBeCloseTo(0.06, 9)
  expect((gap?.gain ?? 0) - (gap?.interval[0] ?? 0)).toBeCloseTo(4.302653 * Math.sqrt(0.0005), 5)
  expect(gap?.verdict).toBe('inconclusive')
})

test('a smaller gain has a positive gap in either direction of the metric', () => {
  const [before, after] = [runs([0.5, 0.51], [0.51, 0.52]), runs([0.7, 0.611], [0.71, 0.62])]
  expect(holdoutGap(before, after, 'maximize')).toMatchObject({ verdict: 'smaller' })
  expect(holdoutGap(before, after, 'minimize')).toMatchObject({ verdict: 'larger' })
})

test('differences that agree on a coarse metric do not make the gap certain', () => {
  const gap = holdoutGap(runs([0.9, 0.93], [0.91, 0.94]), runs([0.92, 0.94], [0.93, 0.95]), 'maximize')
  // Twice the rounding noise of a step of 0.01.
  expect((gap?.gain ?? 0) - (gap?.interval[0] ?? 0)).toBeCloseTo((4.302653 * 0.01) / Math.sqrt(6), 6)
})

test('there is no gap without two runs of a tree that measured both', () => {
  expect(holdoutGap(runs([1, 1]), [], 'minimize')).toBeNull()
  expect(holdoutGap(runs([1, 1]), runs([1, 1]), 'minimize')).toBeNull()
})

test('each earlier call of confirm widens the interval', () => {
  const [baseline, head] = [
    runs([2.500001, 2.600001], [2.400001, 2.520001]),
    runs([2.300001, 2.450001], [2.100001, 2.290001]),
  ]
  const low = (calls: number[]) => holdoutGap(baseline, head, 'minimize', calls)?.interval[0] ?? 0
  expect(low([1])).toBeLessThan(low([]))
  expect(low([2])).toBe(low([]))
})

test('noise that val and holdout share does not hide a gap', () => {
  const random = createRandom(4)
  let found = 0
  for (let i = 0; i < 500; i++) {
    const tree = (gap: number) =>
      Array.from({ length: 3 }, () => {
        const val = random.normal()
        return { val, holdout: val + gap + 0.2 * random.normal() }
      })
    if (holdoutGap(tree(0), tree(1), 'minimize')?.verdict === 'smaller') found++
  }
  expect(found).toBeGreaterThan(450)
})

test('a difference of floating-point arithmetic alone is none', () => {
  const exact = (val: number) => ({ val, holdout: val + 0.1 })
  const [baseline, head] = [
    [Math.SQRT2, 1.7],
    [Math.LOG2E, 1.9],
  ].map(values => values.map(exact))
  expect(holdoutGap(baseline ?? [], head ?? [], 'minimize')).toEqual({
    gain: 0,
    interval: [0, 0],
    verdict: 'inconclusive',
  })
})
