import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isDoubtfulZero } from '../../../../scripts/ratchet/train/measure/zero.ts'

test.each<[string, number[], 'minimize' | 'maximize']>([
  ['a loss', [1.0951, 1.0948], 'minimize'],
  ['a loss of one run', [0.9979], 'minimize'],
  ['a timing that has fallen to a third', [100.2, 61.5, 33.1], 'minimize'],
  ['a timing in whole milliseconds', [120, 90], 'minimize'],
  ['bytes', [45060, 45056, 12000], 'minimize'],
  ['an error of 1e-8', [5.2e-8, 4.1e-8, 4.4e-8], 'minimize'],
  ['a rate of errors of 45%', [0.46, 0.45], 'minimize'],
  ['a negative log-likelihood with the sign turned', [-3.2517, -3.2099], 'maximize'],
  ['two decimals that are multiples of one another', [1.2, 1.5], 'minimize'],
])('doubted: 0 after %s', (_, seen, goal) => {
  expect(isDoubtfulZero(seen, goal)).toBe(true)
})

test.each<[string, number[], 'minimize' | 'maximize']>([
  ['a count of failures', [3, 2, 1], 'minimize'],
  ['ten failures', [10], 'minimize'],
  ['a large count that has fallen', [145, 30, 8], 'minimize'],
  ['a rate over 100 questions', [0.05, 0.03, 0.02], 'minimize'],
  ['a rate over 300 questions', [0.023333, 0.01, 0.003333], 'minimize'],
  ['a rate over 7 questions', [0.714286, 0.428571, 0.142857], 'minimize'],
  ['an error that is too small for the digits printed', [0.000012, 0.000002], 'minimize'],
  ['zeros', [0, 0.9], 'minimize'],
  ['an accuracy: no gain', [0.91, 0.93], 'maximize'],
  ['a reward that lower values beat: no gain', [-12.5, -14.1], 'minimize'],
  ['values of both signs', [-0.31, 0.52], 'minimize'],
  ['nothing', [], 'minimize'],
])('a measurement: 0 after %s', (_, seen, goal) => {
  expect(isDoubtfulZero(seen, goal)).toBe(false)
})

test('losses of six decimals are never taken for multiples of a step', () => {
  const loss = fc.integer({ min: 500_000, max: 3_000_000 }).map(millionths => millionths / 1e6)
  fc.assert(
    fc.property(fc.array(loss, { minLength: 4, maxLength: 30 }), values => {
      fc.pre(values.filter(value => String(value).length === 8).length >= 4)
      expect(isDoubtfulZero(values, 'minimize')).toBe(true)
    }),
  )
})
