import { expect, test } from 'vitest'
import { keyOf } from '../../../scripts/publish/content/key.ts'
import { markerOf, partOf } from '../../../scripts/publish/post.ts'

const at = (day: string) => new Date(`${day}Z`)

test.each([
  // From Thursday noon to the next Thursday noon, so that a post of Monday morning is about the week before.
  ['2026-11-22T22:00', 'week 2026-W47'],
  ['2026-11-23T08:00', 'week 2026-W47'],
  ['2026-11-26T11:00', 'week 2026-W47'],
  ['2026-11-26T13:00', 'week 2026-W48'],
  // The first week of a year has its first Thursday.
  ['2027-01-04T08:00', 'week 2026-W53'],
  ['2027-01-08T08:00', 'week 2027-W01'],
])('the seven days before %s are %s', (now, key) => {
  expect(keyOf('week', ['a'], at(now))).toBe(key)
})

test('a post on several sessions has one key in any order of them', () => {
  const now = at('2026-11-22T22:00')
  expect(keyOf('sessions', ['a', 'b'], now)).toBe(keyOf('sessions', ['b', 'a'], now))
  expect(keyOf('sessions', ['a', 'b'], now)).not.toBe(keyOf('sessions', ['a', 'c'], now))
  expect(keyOf('session', ['2026-11-21-h100-abcd-nov21'], now)).toBe('session 2026-11-21-h100-abcd-nov21')
})

test('a part is known by its last line alone', () => {
  const marker = markerOf('session a', 0)
  expect(marker).toBe('<!-- nightshift: session a, part 0 -->')
  expect(partOf(`text\r\n\r\n${marker}\r\n`, 'session a')).toBe(0)
  expect(partOf(`text\n\n${markerOf('session a', 12)}`, 'session a')).toBe(12)
  expect(partOf(`\`\`\`\n${marker}\n\`\`\`\n\n${markerOf('session b', 0)}\n`, 'session a')).toBeNull()
  expect(partOf(`${marker} more`, 'session a')).toBeNull()
  expect(partOf(null, 'session a')).toBeNull()
})

test('no key ends the comment that holds it, and two keys have two markers', () => {
  expect(markerOf('session a--> <b>', 2)).toMatch(/^<!-- nightshift: session a-_ _b_ [0-9a-f]{12}, part 2 -->$/)
  expect(markerOf('session a--b', 0)).not.toBe(markerOf('session a-b', 0))
  expect(partOf(markerOf('session a--b', 3), 'session a--b')).toBe(3)
})
