import { expect, test } from 'vitest'
import { backoffSeconds } from '../../../scripts/ratchet/propose/backoff.ts'

test('the backoff doubles with each failure in a row, from 30 s to 10 min', () => {
  expect([1, 2, 3, 4, 5, 6, 99].map(tries => backoffSeconds(tries, null, 0.5))).toEqual([
    30, 60, 120, 240, 480, 600, 600,
  ])
})

test('the backoff has jitter and is at least what the service asked for, up to 10 min', () => {
  expect(backoffSeconds(3, null, 0)).toBe(90)
  expect(backoffSeconds(3, null, 0.999)).toBeCloseTo(150, 0)
  expect(backoffSeconds(1, 200, 0)).toBe(200)
  expect(backoffSeconds(1, 200, 0.5)).toBe(210)
  expect(backoffSeconds(1, 5, 0)).toBe(30)
  expect(backoffSeconds(1, 86_400, 0)).toBe(600)
})
