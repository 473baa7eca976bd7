import { chmod, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { findOrphans } from '../../../scripts/lib/process/orphans.ts'
import { openGpuReader } from '../../../scripts/record/gpu/read.ts'
import { fakeNvidiaSmi, gpuLine, uuid } from '../../helpers/nvidiaSmi.ts'
import { scratch, write } from '../../helpers/throwaway.ts'

let folder = ''
beforeEach(async () => {
  folder = await scratch()
  vi.stubEnv('PATH', [folder, process.env.PATH].join(delimiter))
})
afterEach(() => {
  vi.unstubAllEnvs()
})
const markOf = () => `gpu-test-${folder}`
const asked = () => readFile(join(folder, 'asked'), 'utf8').then(text => text.trimEnd().split('\n'))

test('GPUs and processes are read at once, with the time', async () => {
  await fakeNvidiaSmi(folder, { processes: [`${uuid}, 4242, 12592`] })
  const reader = openGpuReader(markOf())
  const [first, second] = await Promise.all([reader.read(), reader.read()])
  expect(first).toMatchObject({ gpus: [{ index: 0, usedMb: 4 }], processes: [{ uuid, pid: 4242, memoryMb: 12_592 }] })
  expect(Date.now() - Date.parse(first?.at ?? '')).toBeLessThan(30_000)
  // Two that ask at the same time share the answer.
  expect(second).toBe(first)
  expect(await asked()).toHaveLength(2)
})

test('a driver that lacks a field is asked without it, and from then on at once', async () => {
  await write(folder, {
    'nvidia-smi': `#!/bin/sh
echo "$1" >> ${folder}/asked
for field in clocks_event_reasons.active mig.mode.current; do
  case "$1" in *$field*) echo "Field \\"$field\\" is not a valid field to query."; echo; exit 2 ;; esac
done
case "$1" in --query-gpu*) echo "0, ${uuid}, Tesla K80, 11441, 0, 0, 324, 875, 0x0000000000000001" ;; esac
`,
  })
  await chmod(join(folder, 'nvidia-smi'), 0o755)
  const reader = openGpuReader(markOf())
  const reading = { gpus: [{ name: 'Tesla K80', limits: ['idle'], isMig: false }], processes: [] }
  expect(await reader.read()).toMatchObject(reading)
  expect((await asked()).filter(line => line.includes('query-gpu'))).toHaveLength(3)
  expect(await reader.read()).toMatchObject(reading)
  expect((await asked()).filter(line => line.includes('query-gpu'))).toHaveLength(4)
})

test('without nvidia-smi, without its driver, or with other output nothing is known', async () => {
  vi.stubEnv('PATH', folder)
  expect(await openGpuReader(markOf()).read()).toBeNull()
  vi.unstubAllEnvs()
  vi.stubEnv('PATH', [folder, process.env.PATH].join(delimiter))
  const change = await fakeNvidiaSmi(folder, { mode: 'fail' })
  expect(await openGpuReader(markOf()).read()).toBeNull()
  await change({ mode: 'answer', gpus: ['NVIDIA Stand-in, 1.0'] })
  expect(await openGpuReader(markOf()).read()).toBeNull()
  await change({ gpus: [gpuLine({})], processes: ['[Not Supported], [Not Supported], [Not Supported]'] })
  expect(await openGpuReader(markOf()).read()).toMatchObject({ gpus: [{ index: 0 }], processes: null })
})

test('one that hangs is given up in time and ended with its children; after three it is not called any more', async () => {
  const change = await fakeNvidiaSmi(folder, { mode: 'hang' })
  const reader = openGpuReader(markOf(), 200)
  for (let calls = 1; calls <= 3; calls++) {
    expect(await reader.read()).toBeNull()
    expect(await findOrphans(markOf())).toEqual([])
    expect(reader.timeouts()).toBe(calls)
  }
  await change({ mode: 'answer' })
  expect(await reader.read()).toBeNull()
  expect(reader.timeouts()).toBe(3)
})

test('closing ends a call under way', async () => {
  await fakeNvidiaSmi(folder, { mode: 'hang' })
  const reader = openGpuReader(markOf())
  const reading = reader.read()
  while ((await findOrphans(markOf())).length === 0) await wait(10)
  await reader.close()
  expect(await reading).toBeNull()
  expect(await findOrphans(markOf())).toEqual([])
  expect(await reader.read()).toBeNull()
})
