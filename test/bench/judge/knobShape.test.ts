import { expect, test } from 'vitest'
import { checkKnobShape } from '../../../bench/judge/knobShape.ts'
import { createRandom } from '../../../scripts/stats/random.ts'

test('in simulation a shape is rarely named where no value differs, and a best value far above its neighbours often', () => {
  const rows = checkKnobShape(0.01, createRandom(1))
  for (const { measured, value, error, asked } of rows)
    if (asked) expect(value, measured).toBeLessThan(asked.limit + 3 * (error ?? 0))
  const power = rows.find(row => row.measured === 'called inside: 2 tries, neighbours 5σ worse, σ of 14 df')
  expect(power?.value).toBeGreaterThan(0.5)
})
