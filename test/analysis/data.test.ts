import { expect, test } from 'vitest'
import { dataKey, givenData, sameData } from '../../scripts/analysis/data.ts'

const of = (fingerprint: string | null, given?: unknown) => ({
  data: fingerprint === null ? null : { name: 'text', fingerprint },
  contract: given === undefined ? {} : { data: given },
})

test('data is the same by what evaluations report, else by what runs were given', () => {
  expect(sameData(of('a', 'climbmix'), of('a', 'climbmix:10'))).toBe(true)
  expect(sameData(of('a', 'folder:rows'), of('b', 'folder:rows'))).toBe(false)
  expect(sameData(of(null, 'rows'), of(null, 'rows'))).toBe(true)
  expect(sameData(of(null, 'rows'), of('a', 'rows'))).toBe(true)
  expect(sameData(of(null, 'rows'), of(null, 'others'))).toBe(false)
  // A session of an earlier version does not say what it was given.
  expect(sameData(of(null, null), of(null))).toBe(true)
  expect(sameData(of(null, 'rows'), of(null))).toBe(false)
})

test('what a foreign session says it was given is text, or nothing', () => {
  expect([of(null), of(null, null), of(null, 5), of(null, ''), of(null, 'rows')].map(givenData)).toEqual([
    ...Array(4).fill(null),
    'rows',
  ])
  expect([of('a', 'rows'), of(null, 'rows'), of(null)].map(dataKey)).toEqual(['a', 'rows', null])
})
