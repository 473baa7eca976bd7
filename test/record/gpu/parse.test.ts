import { expect, test } from 'vitest'
import {
  gpuFields,
  olderReasonsField,
  parseGpus,
  parseProcesses,
  unknownField,
} from '../../../scripts/record/gpu/parse.ts'
import { gpuLine, uuid } from '../../helpers/nvidiaSmi.ts'

test('a line of a driver of today gives numbers, and its reasons by name', () => {
  expect(parseGpus(`${gpuLine({ used: '12596', busy: '98', clock: '1755', limits: '24' })}\n`, gpuFields)).toEqual([
    {
      index: 0,
      uuid,
      name: 'NVIDIA H100 80GB HBM3',
      memoryMb: 81_559,
      usedMb: 12_596,
      busy: 98,
      clockMhz: 1755,
      maxClockMhz: 1980,
      limits: ['power-cap', 'driver-heat'],
      isMig: false,
    },
  ])
  // A reason that a later driver adds has no name yet.
  expect(parseGpus(gpuLine({ limits: '8048' }), gpuFields)?.[0]?.limits).toEqual(['slowdown', 'heat'])
  expect(parseGpus(gpuLine({ limits: '0' }), gpuFields)?.[0]?.limits).toEqual([])
})

test('the older name of the reasons, and a query without MIG, are read', () => {
  const fields = gpuFields.flatMap(field =>
    field === 'mig.mode.current' ? [] : field === 'clocks_event_reasons.active' ? [olderReasonsField] : [field],
  )
  const line = 'Tesla V100-SXM2-16GB, 16160, 3, 0, 135, 1530, 0x0000000000000001'
  expect(parseGpus(`1, ${uuid}, ${line}`, fields)).toMatchObject([{ index: 1, limits: ['idle'], isMig: false }])
})

test('what a consumer card, MIG or WSL does not tell is null', () => {
  const consumer = `0, ${uuid}, NVIDIA GeForce GTX 1650, 4096, 812, 3, [N/A], [N/A], [N/A], [Not Supported]`
  expect(parseGpus(consumer, gpuFields)).toMatchObject([
    { usedMb: 812, busy: 3, clockMhz: null, maxClockMhz: null, limits: null, isMig: false },
  ])
  const mig = `0, ${uuid}, NVIDIA A100-SXM4-80GB, 81920, 25, [N/A], 210, 1410, Enabled, 0x0000000000000001`
  expect(parseGpus(mig, gpuFields)).toMatchObject([{ busy: null, isMig: true }])
  const wsl = `0, ${uuid}, NVIDIA GeForce RTX 4090, 24564, 1873, 2, 210, 3105, N/A, 0x0000000000000000`
  expect(parseGpus(`${wsl}\r\n`, gpuFields)).toMatchObject([{ usedMb: 1873, maxClockMhz: 3105, limits: [] }])
  expect(parseProcesses(`${uuid}, 4242, [N/A]\n`)).toEqual([{ uuid, pid: 4242, memoryMb: null }])
})

test('output of any other form is not read', () => {
  for (const output of [
    '',
    'NVIDIA Stand-in, 1.0',
    'No devices were found',
    gpuLine({ busy: '300' }),
    gpuLine({ used: '12 MiB' }),
    gpuLine({ limits: 'Not Active' }),
    `${gpuLine({})}\nUnable to determine the device handle for GPU 0000:41:00.0: GPU is lost.`,
    gpuLine({ uuid: '00000000:41:00.0' }),
    `${gpuLine({})}, 3`,
  ])
    expect(parseGpus(output, gpuFields), output).toBeNull()
  expect(parseProcesses('')).toEqual([])
  expect(parseProcesses(`${uuid}, 17, 512\nMIG-9d9d/1/0, 18, 300\n`)).toHaveLength(2)
  for (const output of ['No running processes found', `${uuid}, [N/A], 512`, `${uuid}, 17, 512 MiB`, `${uuid}, 0, 1`])
    expect(parseProcesses(output), output).toBeNull()
})

test('a field that the driver does not know is named by it', () => {
  expect(unknownField('Field "clocks_event_reasons.active" is not a valid field to query.\n\n')).toBe(
    'clocks_event_reasons.active',
  )
  expect(unknownField(gpuLine({}))).toBeNull()
})
