/** Whole sessions on a machine whose nvidia-smi is a stand-in. */
import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { findOrphans } from '../../../scripts/lib/process/orphans.ts'
import { files } from '../../../scripts/record/files/paths.ts'
import { answered, fakeNvidiaSmi, gpuLine, uuid } from '../../helpers/nvidiaSmi.ts'
import { set } from '../../helpers/target.ts'
import { nightshift } from '../../helpers/throwaway.ts'
import { gated, open, readRunLog, session } from '../gated.ts'

/** The baseline is quick; a candidate trains until the test writes a file. */
const rule = "if (values !== '0000') await until(opened)"

async function untilTraining(root: string): Promise<void> {
  while (!(await readRunLog(root)).some(line => line.what === 'start' && line.values !== '0000')) await wait(20)
}

test('another process on the GPU and a slowdown are told at the start, in the records, the report, status and a dry run', {
  timeout: 120_000,
}, async () => {
  const root = await gated(rule, [set('A', '1')], '', 1)
  const other = spawn('sleep', ['100'])
  onTestFinished(() => void other.kill())
  const bin = join(root, '../bin')
  const processes = [`${uuid}, ${other.pid}, 12592`]
  const change = await fakeNvidiaSmi(bin, { gpus: [gpuLine({ used: '12596', busy: '98' })], processes })
  const note =
    'GPU 0 is in use by 1 other process, is at 98% load and has 12.3 of its 79.6 GB of memory taken: runs may be slower, vary more, or run out of memory'
  const dry = await session(root, ['--dry-run', '--json'])
  expect(JSON.parse(dry.stdout).notes).toContain(note)

  const running = session(root, ['--experiments', '1', '--seeds', '1'])
  await untilTraining(root)
  // From now on: a reading may have begun before.
  await change({ gpus: [gpuLine({ used: '40000', busy: '97', clock: '1410', limits: '68' })] })
  await answered(bin, 2)
  await writeFile(join(root, '../open'), '')
  const result = await running
  expect(result.exitCode, result.stderr).toBe(0)
  expect(result.stderr).toContain(note)

  const { folder, session: record, experiments, events } = await open(root)
  expect(events.filter(({ event }) => event === 'gpus')).toHaveLength(1)
  expect(record.gpus).toMatchObject([{ index: 0, processes: 1, usedMb: 12_596, busy: 98 }])
  expect(experiments[1]?.runs[0]?.gpu).toMatchObject({
    index: 0,
    clockMhz: 1410,
    maxClockMhz: 1980,
    others: { processes: 1, memoryMb: 12_592 },
    limits: [
      { limit: 'slowdown', share: 1 },
      { limit: 'driver-heat', share: 1 },
      { limit: 'heat', share: 1 },
    ],
  })
  // Neither their numbers nor the card's.
  for (const path of [files.session(folder), files.experiments(folder), files.journal(folder)])
    expect(await readFile(path, 'utf8')).not.toMatch(new RegExp(`${uuid}|\\b${other.pid}\\b`))

  const sentences = [
    'without a run of this session, GPU 0 was in use by 1 other process',
    'Another process was on the GPU during 1 of 1 sampled run (0001), with up to 12.3 GB of its memory',
    'In 1 of 1 run sampled under load (0001) the GPU was slowed down by heat in at least half of those samples.',
  ]
  const report = await readFile(files.report(folder), 'utf8')
  const status = await nightshift(root, 'status')
  for (const sentence of sentences) {
    expect(report).toContain(sentence)
    expect(status.stdout).toContain(sentence)
  }
})

test('a session does not wait for an nvidia-smi that hangs, and leaves none', { timeout: 120_000 }, async () => {
  const root = await gated(rule, [set('A', '1'), set('B', '1')], '', 1)
  const bin = join(root, '../bin')
  const change = await fakeNvidiaSmi(bin)
  const running = session(root, ['--experiments', '2', '--seeds', '1'])
  await untilTraining(root)
  await change({ mode: 'hang' })
  // Until one hangs, which outlives the run that it was called for.
  const { session: record } = await open(root)
  const mark = `agent-${record.id}-gpu`
  while ((await findOrphans(mark)).length === 0) await wait(20)
  const opened = Date.now()
  await writeFile(join(root, '../open'), '')
  const result = await running
  expect(result.exitCode, result.stderr).toBe(0)
  expect(await findOrphans(mark)).toEqual([])
  const { experiments, events } = await open(root)
  expect(experiments.map(({ status }) => status)).toEqual(['keep', 'keep', 'keep'])
  // The call had 10 s to answer.
  const finished = events.find(event => event.event === 'run-finished' && event.experiment === 1)
  expect(Date.parse(finished?.at ?? '') - opened).toBeLessThan(8000)
})

test('a resumed session ends the nvidia-smi that a killed one left, and reads the GPUs again', {
  timeout: 120_000,
}, async () => {
  const root = await gated(rule, [set('A', '1')], '', 1)
  const bin = join(root, '../bin')
  const change = await fakeNvidiaSmi(bin)
  const running = session(root, ['--experiments', '1', '--seeds', '1'])
  await untilTraining(root)
  await change({ mode: 'hang' })
  const mark = `agent-${(await open(root)).session.id}-gpu`
  while ((await findOrphans(mark)).length === 0) await wait(20)
  running.kill('SIGKILL')
  await running
  expect(await findOrphans(mark)).not.toEqual([])

  await change({ mode: 'answer', gpus: [gpuLine({ used: '900' })] })
  await writeFile(join(root, '../open'), '')
  const result = await session(root, ['--resume'])
  expect(result.exitCode, result.stderr).toBe(0)
  expect(result.stderr).toContain('GPU 0 has 0.9 of its 79.6 GB of memory taken')
  expect(await findOrphans(mark)).toEqual([])
  expect((await open(root)).session.gpus?.map(({ usedMb }) => usedMb)).toEqual([4, 900])
})
