/** The table of gains per device-hour and per dollar on the terminal. */
import { expect, test } from 'vitest'
import { compare } from '../../../scripts/compare/compare.ts'
import { rates } from '../../../scripts/compare/print/rates.ts'
import type { Side } from '../../../scripts/compare/schema.ts'
import { side } from '../sides.ts'

const printed = (sides: Side[]): string => rates(sides, compare(sides), new Map(), 200).join('\n')

test('a price is asked for only where device-hours are known that it would turn into a cost', () => {
  const machine = { label: 'unknown', name: 'unknown', gpu: null, gpus: null }
  const imported = side('unknown', { machine, deviceHours: null })
  const cpu = side('cpu', { machine: { label: 'cpu', name: 'CPU', gpu: null, gpus: 0 } })
  expect(printed([cpu, imported])).not.toContain('--price')
  expect(printed([imported, side('h100')])).toContain('set it with --price h100=2.50')
})
