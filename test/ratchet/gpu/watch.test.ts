/** The watch with a stand-in for nvidia-smi that lists real processes, some of them marked as a run's. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { findOrphans, runMarkVariable } from '../../../scripts/lib/process/orphans.ts'
import { type GpuWatch, sampleInterval, watchBy } from '../../../scripts/ratchet/gpu/watch.ts'
import { openGpuReader } from '../../../scripts/record/gpu/read.ts'
import { answered, fakeNvidiaSmi, gpuLine, uuid } from '../../helpers/nvidiaSmi.ts'
import { scratch } from '../../helpers/throwaway.ts'

let folder = ''
let change: Awaited<ReturnType<typeof fakeNvidiaSmi>>
const told: string[] = []
beforeEach(async () => {
  folder = await scratch()
  vi.stubEnv('PATH', [folder, process.env.PATH].join(delimiter))
  change = await fakeNvidiaSmi(folder)
  told.length = 0
})
afterEach(() => {
  vi.unstubAllEnvs()
})

const mark = () => `gpu-test-${folder}`
function open({ hasPids = true, interval = 50, timeout = 10_000 } = {}): GpuWatch {
  const reader = openGpuReader(mark(), timeout)
  const watch = watchBy({ reader, order: undefined, interval, tell: text => void told.push(text), hasPids })
  onTestFinished(() => watch.close())
  return watch
}

/** A process that lives until the test ends; with a mark it is a run's. */
function live(runMark?: string): ChildProcess {
  // Through a shell with another environment: the mark is then on the parent alone.
  const child = spawn('sh', ['-c', 'env -i sleep 60; :'], {
    env: { PATH: process.env.PATH, ...(runMark && { [runMarkVariable]: runMark }) },
    detached: true,
  })
  onTestFinished(() => void end(child))
  return child
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  process.kill(-(child.pid as number), 'SIGKILL')
  await ended
}

/** The process that `live` started inside its shell. */
async function childOf({ pid }: ChildProcess): Promise<number> {
  for (;;) {
    const found = await findOrphans('none', { ancestor: pid })
    if (found[0] !== undefined) return found[0]
    await wait(10)
  }
}

const listed = (pids: (number | undefined)[], memory = 1000) => pids.map(pid => `${uuid}, ${pid}, ${memory}`)
const busy = [gpuLine({ busy: '98', used: '4000', clock: '1755', limits: '4' })]
const slots = [{ gpu: '0' }]
const sampled = () => answered(folder, 2)

test('a free GPU is read once; one that others use is read again and told as it is then', {
  timeout: 30_000,
}, async () => {
  const watch = open()
  expect(await watch.look([{ gpu: null }])).toEqual([])
  expect(await watch.look([...slots, { gpu: '0' }])).toMatchObject([{ index: 0, processes: 0, busy: 0 }])
  const other = live()
  await change({ gpus: busy, processes: listed([other.pid]) })
  expect(await watch.look(slots)).toMatchObject([{ processes: 1, usedMb: 4000, busy: 98, limits: ['power-cap'] }])
})

test('the processes of runs, their children without the mark included, are not others', async () => {
  const watch = open()
  const [first, beside] = [live('run-1'), live('run-2')]
  await change({ gpus: busy, processes: listed([await childOf(first), await childOf(beside)]) })
  const ends = ['run-1', 'run-2'].map(mark => watch.follow({ gpu: '0', mark }))
  await sampled()
  for (const stop of ends)
    expect(stop()).toMatchObject({ index: 0, clockMhz: 1755, others: { processes: 0, memoryMb: 0 } })
})

test('a process that was there before, and one that outlives the run, are others', async () => {
  const watch = open()
  const before = live()
  await change({ gpus: busy, processes: listed([before.pid]) })
  await watch.look(slots)
  const stop = watch.follow({ gpu: '0', mark: 'run-1' })
  await sampled()
  const [run, passing, staying] = [live('run-1'), live(), live()]
  await change({ processes: listed([before.pid, run.pid, passing.pid, staying.pid]) })
  await sampled()
  await Promise.all([end(run), end(passing)])
  expect(stop()).toMatchObject({ others: { processes: 2, memoryMb: 2000 } })
})

test('where processes have other numbers, only those that were there before the run are others', async () => {
  const watch = open({ hasPids: false })
  await change({ gpus: busy, processes: listed([70_001]) })
  await watch.look(slots)
  const stop = watch.follow({ gpu: '0', mark: 'run-1' })
  await change({ processes: listed([70_001, process.pid]) })
  await sampled()
  expect(stop()).toMatchObject({ others: { processes: 1, memoryMb: 1000 } })
  // Two runs on one GPU are not told apart from others.
  const ends = ['run-2', 'run-3'].map(mark => watch.follow({ gpu: '0', mark }))
  await sampled()
  expect(ends.map(stop => stop()?.others)).toEqual([null, null])
})

test('where the driver lists no process of a GPU that works, others are not known', async () => {
  const watch = open()
  await change({ gpus: busy, processes: [] })
  const stop = watch.follow({ gpu: '0', mark: 'run-1' })
  await sampled()
  expect(stop()).toMatchObject({ clockMhz: 1755, others: null })
  // At rest there is none.
  await change({ gpus: [gpuLine({})] })
  const stopAtRest = watch.follow({ gpu: '0', mark: 'run-2' })
  await sampled()
  expect(stopAtRest()).toMatchObject({ clockMhz: null, others: { processes: 0, memoryMb: 0 } })
})

test('a run does not wait for an nvidia-smi that hangs, and a person is told once', async () => {
  await change({ mode: 'hang' })
  const watch = open({ timeout: 300 })
  const stop = watch.follow({ gpu: '0', mark: 'run-1' })
  await wait(1500)
  const began = performance.now()
  expect(stop()).toBeUndefined()
  expect(performance.now() - began).toBeLessThan(50)
  expect(told).toEqual(['nvidia-smi did not answer within 10 s, so what else uses the GPU is not known'])
  expect(await watch.look(slots)).toEqual([])
  await watch.close()
  expect(await findOrphans(mark())).toEqual([])
})

test('a run is sampled four times in its budget, at most every 2 s and at least once a minute', () => {
  expect([1, 20, 300, 3600].map(sampleInterval)).toEqual([2000, 5000, 60_000, 60_000])
})
