import { expect, test } from 'vitest'
import { type Other, runGpuOf, type Sample, stateOf, steadyState } from '../../../scripts/ratchet/gpu/sample.ts'
import { gpuFields, parseGpus } from '../../../scripts/record/gpu/parse.ts'
import { gpuLine, uuid } from '../../helpers/nvidiaSmi.ts'

const at = '2026-11-20T22:00:00.000Z'
const row = (over: Parameters<typeof gpuLine>[0]) => parseGpus(gpuLine(over), gpuFields)?.[0] as Sample['row']
const training = (clock: string, limits = '0', others: Sample['others'] = []): Sample => ({
  row: row({ busy: '97', clock, limits }),
  others,
})
const other = (pid: number, memoryMb: number | null, wasBefore = true): Other => ({ pid, memoryMb, wasBefore })
const nobody = () => false

test('without a run of ours all memory and processes are others', () => {
  const processes = [7, 7, 8].map(pid => ({ uuid, pid, memoryMb: 100 }))
  const elsewhere = { uuid: 'GPU-other', pid: 9, memoryMb: 1 }
  const reading = { at, gpus: [], processes: [...processes, elsewhere] }
  expect(stateOf(row({ used: '900', busy: '40' }), reading)).toEqual({
    at,
    index: 0,
    memoryMb: 81_559,
    usedMb: 900,
    processes: 2,
    busy: 40,
    clockMhz: 345,
    maxClockMhz: 1980,
    limits: ['idle'],
  })
  // What a GPU that is split says of memory is not of the slot's part.
  const split = { ...row({ used: '900', busy: '40' }), isMig: true }
  expect(stateOf(split, reading)).toMatchObject({ memoryMb: null, usedMb: null, processes: null, busy: null })
})

test('of two readings counts what both say', () => {
  const reading = { at, gpus: [], processes: [] }
  const waking = stateOf(row({ busy: '100', limits: '48' }), reading)
  expect(steadyState(waking, stateOf(row({}), reading))).toMatchObject({ busy: 0, limits: [] })
  expect(steadyState(waking, waking)).toMatchObject({ busy: 100, limits: ['slowdown', 'heat'] })
})

test('clock and limits are of the samples in which the GPU worked', () => {
  const starting = { row: row({ clock: '345' }), others: [] }
  const evaluating = { row: row({ busy: '3', clock: '1980', limits: '0' }), others: [] }
  const samples = [starting, training('1980'), training('1755', '24'), training('1740', '24'), evaluating]
  expect(runGpuOf(samples, nobody)).toEqual({
    index: 0,
    samples: 5,
    busySamples: 3,
    clockMhz: 1755,
    maxClockMhz: 1980,
    limits: [
      { limit: 'power-cap', share: 0.67 },
      { limit: 'driver-heat', share: 0.67 },
    ],
    others: { processes: 0, memoryMb: 0 },
  })
  expect(runGpuOf([starting], nobody)).toMatchObject({ busySamples: 0, clockMhz: null, limits: [] })
  expect(runGpuOf([], nobody)).toBeUndefined()
})

test('a process that began with the run is another’s only if it outlives the run', () => {
  const samples = [
    training('1980', '0', [other(7, 1000)]),
    training('1980', '0', [other(7, 1000), other(8, 500, false)]),
  ]
  expect(runGpuOf(samples, nobody)?.others).toEqual({ processes: 1, memoryMb: 1000 })
  expect(runGpuOf(samples, pid => pid === 8)?.others).toEqual({ processes: 2, memoryMb: 1500 })
})

test('what is not known of others is null', () => {
  expect(runGpuOf([training('1980', '0', null)], nobody)?.others).toBeNull()
  expect(runGpuOf([training('1980', '0', [other(7, null)])], nobody)?.others).toEqual({ processes: 1, memoryMb: null })
})
