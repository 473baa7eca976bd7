import { expect, test } from 'vitest'
import { costOf, priceOf } from '../../scripts/agents/prices.ts'

const prices = { small: { input: 1, cached: 0.1, output: 10 }, free: { input: 0, cached: 0, output: 0 } }

test('tokens are priced by model, cached tokens by their own price', () => {
  const usage = [{ model: 'small', input: 1_000_000, cached: 2_000_000, output: 100_000 }]
  expect(costOf(usage, prices)).toBeCloseTo(1 + 0.2 + 1)
  expect(costOf([{ model: 'free', input: 9, cached: 9, output: 9 }], prices)).toBe(0)
})

test('the cost is null when any model has no price', () => {
  const usage = ['small', 'new'].map(model => ({ model, input: 1, cached: 1, output: 1 }))
  expect(costOf(usage, prices)).toBeNull()
  expect(costOf([], prices)).toBeNull()
})

test('prices.yaml is valid, and unlisted models have no price', async () => {
  expect(await priceOf([{ model: 'gpt-6-sol', input: 1_000_000, cached: 0, output: 0 }])).toBe(2)
  expect(await priceOf([{ model: 'no-such-model', input: 1, cached: 0, output: 0 }])).toBeNull()
})
