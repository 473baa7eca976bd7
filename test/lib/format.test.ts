import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exactText, metricText, metricTexts, rounded, signed } from '../../scripts/lib/format.ts'

test.each([
  [0.9979, '0.997900'],
  [1.0951234567, '1.095123'],
  [343.88, '343.8800'],
  [-0.5, '−0.500000'],
  [0, '0.000000'],
  [0.0521, '0.052100'],
  [0.00012345678, '0.0001235'],
  [5.2e-8, '5.2e-8'],
  [-4.12345e-8, '−4.123e-8'],
  [45060.2, '45060.20'],
  [123456789, '123456789'],
  [123456789.15, '123456789.15'],
  [1.5e30, '1.5e30'],
])('a value alone: %s is %s', (value, text) => {
  expect(metricText(value)).toBe(text)
})

test('values that are compared are told apart', () => {
  const pair = (a: number, b: number) => [metricText(a, [b]), metricText(b, [a])]
  expect(pair(0.9979, 0.9978)).toEqual(['0.997900', '0.997800'])
  expect(pair(0.99790012, 0.9979)).toEqual(['0.9979001', '0.9979000'])
  expect(pair(123456789.1234, 123456789.1235)).toEqual(['123456789.1234', '123456789.1235'])
  expect(pair(123456789, 123456788.95)).toEqual(['123456789.00', '123456788.95'])
  expect(pair(5.2e-8, 4.1e-8)).toEqual(['5.2e-8', '4.1e-8'])
  expect(pair(4.10001e-8, 4.10002e-8)).toEqual(['4.10001e-8', '4.10002e-8'])
  expect(pair(0, 4.1e-8)).toEqual(['0.000000', '4.1e-8'])
  // The same number but for the last bit.
  expect(pair(0.1 + 0.2, 0.3)).toEqual(['0.300000', '0.300000'])
})

test('a table has the digits that tell its column apart, in every row', () => {
  const text = metricTexts([0.9979, 0.99790012])
  expect([0.9979, 0.99790012, 0.95].map(value => text(value))).toEqual(['0.9979000', '0.9979001', '0.9500000'])
  expect(text(0.950000001, [0.95])).toBe('0.950000001')
})

const value = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter(n => n === 0 || Math.abs(n) > 1e-80),
  fc.double({ min: -10, max: 10, noNaN: true }).filter(n => n === 0 || Math.abs(n) > 1e-80),
  fc.integer({ min: -1e9, max: 1e9 }).map(n => n / 1e4),
)

test('whatever the values, the texts have their order, and equal values equal texts', () => {
  const read = (text: string) => Number(text.replace('−', '-'))
  fc.assert(
    fc.property(value, fc.oneof(value, fc.constant(null)), fc.integer({ min: 1, max: 99 }), (a, other, step) => {
      // Without another value, one that differs in the eleventh digit or above.
      const b = other ?? a + step * 1e-11 * a
      const [x, y] = [metricText(a, [b]), metricText(b, [a])]
      const isFar = Math.abs(a - b) > Math.max(1e-99, 1e-14 * Math.abs(a))
      if (isFar) expect(Math.sign(read(x) - read(y))).toBe(Math.sign(a - b))
      if (a === b) expect(x).toBe(y)
      expect(Math.abs(read(x) - a)).toBeLessThanOrEqual(Math.max(5.1e-7, Math.abs(a) * 1e-3))
    }),
    { numRuns: 1000 },
  )
})

test.each([
  [0.9979, '0.997900'],
  [0, '0.000000'],
  [0.99790012, '0.99790012'],
  [(0.9979 + 0.9978) / 2, '0.997850'],
  [343.88, '343.880000'],
  [4.1e-8, '4.1e-8'],
  [-4.1e-8, '-4.1e-8'],
  [123456789.12, '123456789.120000'],
  [1e22, '1e22'],
])('in a file %s is %s', (value, text) => {
  expect(exactText(value)).toBe(text)
})

test('a value in a file is read as the same number, to fifteen digits', () => {
  fc.assert(
    fc.property(value, n => {
      expect(Number(exactText(n))).toBe(Number(n.toPrecision(15)) + 0)
    }),
  )
})

test.each([
  [-0.01186, 5, '−0.01186'],
  [0, 5, '±0.00000'],
  [0.00004, 4, '+0.00004'],
  [0.0000431, 4, '+0.000043'],
  [1.1e-8, 5, '+1.1e-8'],
  [-3e-15, 4, '−3e-15'],
  [1.234e-8, 11, '+1.234e-8'],
])('a difference of %s with %s decimals is %s', (difference, places, text) => {
  expect(signed(difference, places)).toBe(text)
})

test('a value that rounds to nothing is a plain zero', () => {
  expect(rounded(3e-9, 6)).toBe('0.000000')
  expect(rounded(-3e-9, 3)).toBe('0.000')
  expect(rounded(Number.NaN, 3)).toBe('NaN')
})

test('a value beside far smaller ones has no more digits than a number has', () => {
  const text = metricTexts([1e-30, 2.5e-30, 3.2])
  expect([1e-30, 2.5e-30, 3.2].map(value => text(value))).toEqual(['1e-30', '2.5e-30', '3.20000000000000'])
})
