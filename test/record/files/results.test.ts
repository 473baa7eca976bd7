import fc from 'fast-check'
import { expect, test } from 'vitest'
import { resultsLine } from '../../../scripts/record/files/results.ts'
import type { Experiment } from '../../../scripts/record/schema.ts'

const row = (change: Partial<Experiment>) =>
  resultsLine({
    commit: '0123456789'.repeat(4),
    metric: 0.9979,
    memoryMb: 45060.2,
    status: 'keep',
    description: 'baseline',
    ...change,
  } as Experiment)

test("a row has karpathy/autoresearch's format", () => {
  expect(row({})).toBe('0123456\t0.997900\t44.0\tkeep\tbaseline\n')
})

test('values keep the digits that tell them apart, and at least six decimals', () => {
  const value = (metric: number) => row({ metric }).split('\t')[1]
  expect([4.1e-8, 5.2e-8].map(value)).toEqual(['4.1e-8', '5.2e-8'])
  expect([123456789.12, 123456789.15].map(value)).toEqual(['123456789.120000', '123456789.150000'])
  expect([0.99790012, 0.9979, 12, 0].map(value)).toEqual(['0.99790012', '0.997900', '12.000000', '0.000000'])
})

test('a crash and a timeout are rows with the status crash and zeros', () => {
  expect(row({ status: 'crash', metric: null, memoryMb: null })).toBe('0123456\t0.000000\t0.0\tcrash\tbaseline\n')
  expect(row({ status: 'timeout', metric: null })).toContain('\tcrash\t')
})

test('a collected row of unknown status has the word of its table, and one without a value has nan', () => {
  const read = { line: 2, commit: null, status: 'ok', cells: {} }
  expect(row({ status: 'unknown', row: read })).toBe('0123456\t0.997900\t44.0\tok\tbaseline\n')
  expect(row({ status: 'unknown' })).toContain('\tunknown\t')
  expect(row({ metric: null, memoryMb: null })).toBe('0123456\tnan\t0.0\tkeep\tbaseline\n')
})

test('an experiment that never ran has no row', () => {
  for (const status of ['refused', 'conflict', 'aborted'] as const) expect(row({ status })).toBe('')
})

test('whatever a description holds, a row is five columns on one line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), description => {
      const line = row({ description })
      expect(line.endsWith('\n')).toBe(true)
      expect(line.slice(0, -1).split(/[\n\r\u2028]/)).toHaveLength(1)
      expect(line.split('\t')).toHaveLength(5)
    }),
  )
})
