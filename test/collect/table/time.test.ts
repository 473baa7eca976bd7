import { expect, test } from 'vitest'
import { onDay, readTime } from '../../../scripts/collect/table/values/time.ts'

test.each([
  ['2026-03-21T01:45:41Z', '2026-03-21T01:45:41.000Z', true],
  ['2026-03-21T01:45:41.123456+00:00', '2026-03-21T01:45:41.123Z', true],
  ['2026-03-21T01:45:41+02:00', '2026-03-20T23:45:41.000Z', true],
  ['2026-03-21 01:45 -0530', '2026-03-21T07:15:00.000Z', true],
  ['2026-03-21 01:45:41 UTC', '2026-03-21T01:45:41.000Z', true],
  ['2026-03-21 01:45:41', '2026-03-21T01:45:41.000Z', false],
  ['2026-03-21T01:45:41,5', '2026-03-21T01:45:41.500Z', false],
  ['2026/03/21 01:45', '2026-03-21T01:45:00.000Z', false],
  ['20260321_014541', '2026-03-21T01:45:41.000Z', false],
  ['20260321T014541Z', '2026-03-21T01:45:41.000Z', true],
  ['1780021974', '2026-05-29T02:32:54.000Z', true],
  ['1780021974.5', '2026-05-29T02:32:54.500Z', true],
  ['1780021974000', '2026-05-29T02:32:54.000Z', true],
  ['1780021974000000', '2026-05-29T02:32:54.000Z', true],
])('“%s” is the time %s', (cell, at, zoned) => {
  expect(readTime(cell)).toEqual({
    at,
    day: (at.startsWith('2026-03-20') ? '2026-03-21' : at).slice(0, 10),
    clock: null,
    zoned,
  })
})

test('a day without a time of day has no time, and a time of day has no day', () => {
  expect(readTime('2026-03-21')).toEqual({ at: null, day: '2026-03-21', clock: null, zoned: false })
  expect(readTime('9:08')).toEqual({ at: null, day: null, clock: '09:08:00', zoned: false })
  expect(onDay('2026-03-21', '09:08:00')).toBe('2026-03-21T09:08:00.000Z')
})

test.each([
  '',
  '302.2',
  '12',
  '2026',
  '2026-02-30',
  '2026-13-01',
  '2026-03-21 25:00',
  '0.98',
  '178002197',
  'yesterday',
])('“%s” is no time', cell => {
  expect(readTime(cell)).toBeNull()
})
