import { expect, test } from 'vitest'
import {
  briefDelta,
  briefMetric,
  ledgerText,
  plusMinus,
  size,
  sizePlusMinus,
  twoDigits,
} from '../../scripts/analysis/numbers.ts'
import { buildExperiment } from '../helpers/exampleRecords.ts'

const metric = { name: 'loss', goal: 'minimize' as const, unit: null, holdout: null }
const gained = (gain: number, half: number, baseline: number) =>
  plusMinus({ gain, interval: [gain - half, gain + half], baseline }, metric)

test('a confirmed gain shows its digits, whatever its size', () => {
  expect(gained(0.0124, 0.001, 0.99)).toBe('−0.0124 ± 0.0010')
  expect(gained(1.5e-10, 9.9e-12, 1.1e-8)).toBe('−1.5e-10 ± 9.9e-12')
  expect(gained(0, 0.001, 0.99)).toBe('0.0000 ± 0.0010')
})

test('a gain without an interval is never shown as 0', () => {
  expect(gained(0.15, 0, 123456789)).toBe('−0.15 ± 0.00')
  expect(gained(0.25, 0, 0.5)).toBe('−0.2500 ± 0.0000')
})

test('small values and differences keep their digits in prose', () => {
  expect([briefMetric(0.9979), briefMetric(4.1234567e-8), briefMetric(45060.2)]).toEqual([
    '0.9979',
    '4.123e-8',
    '45060',
  ])
  expect([briefMetric(5.001, [5.00104]), briefMetric(5.00104, [5.001])]).toEqual(['5.00100', '5.00104'])
  expect(briefDelta(1.1e-8, metric, 5.2e-8)).toBe('−1.1e-8')
  expect([twoDigits(2.93e-12), twoDigits(0.003), twoDigits(340)]).toEqual(['2.9e-12', '0.0030', '340'])
  expect([size(1.25e-9, 5e-8), size(0.01194, 1)]).toEqual(['1.25e-9', '0.0119'])
  expect(sizePlusMinus(2.1e-9, [-1.3e-9, 5.5e-9])).toBe('2.1e-9 ± 3.4e-9')
})

test('the baseline and the kept values of a ledger are told apart in every row', () => {
  const row = (number: number, value: number, status: 'keep' | 'discard') =>
    buildExperiment(number, { status, metric: value, gain: 0 })
  const text = ledgerText([row(0, 123456789, 'keep'), row(1, 123456788.9512, 'keep'), row(2, 5.000001, 'discard')])
  expect([123456789, 123456788.9512, 5.000001].map(value => text(value))).toEqual([
    '123456789.00',
    '123456788.95',
    '5.000001',
  ])
})
