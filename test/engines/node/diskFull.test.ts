/** A small disk of its own: a file system in memory that only the commands of these tests see. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rmdir } from 'node:fs/promises'
import { platform } from 'node:os'
import { join } from 'node:path'
import { expect, type onTestFinished, test } from 'vitest'
import { processChannel, pythonFlags } from '../../../scripts/engines/remote/channel.ts'
import { nodeFolder } from '../../../scripts/engines/remote/files.ts'
import { submit } from '../../../scripts/engines/remote/verbs.ts'
import { findOrphans } from '../../../scripts/lib/process/orphans.ts'
import { scratch } from '../../helpers/throwaway.ts'
import { python } from './modules.ts'
import { openRoot } from './openRoot.ts'

async function openDisk(finished: typeof onTestFinished, size: string) {
  const disk = join(await scratch(finished), 'disk')
  await mkdir(disk)
  const script = `mount -t tmpfs -o size=${size} none "$0" && echo ready && exec sleep 600`
  const holder = spawn('unshare', ['-rm', 'sh', '-c', script, disk], { stdio: ['ignore', 'pipe', 'inherit'] })
  finished(async () => {
    holder.kill('SIGKILL')
    await rmdir(disk)
  })
  await once(holder.stdout, 'data')
  const enter = ['nsenter', '--preserve-credentials', '-U', '-m', '-t', String(holder.pid)]
  return {
    disk,
    channel: processChannel('the disk', args => [...enter, python, ...pythonFlags, nodeFolder, ...args]),
  }
}

const megabyte = 'x'.repeat(1_000_000)

test.runIf(platform() === 'linux').for([
  { what: 'for its tree', base: { 'a.bin': megabyte, 'b.bin': megabyte }, script: 'true' },
  { what: 'because it fills it', base: { 'a.bin': 'x' }, script: 'cat /dev/zero > ../../runs/full/run/curve.csv' },
])('a run that finds no space, $what, is lost for that', async ({ base, script }, { onTestFinished }) => {
  const { disk, channel } = await openDisk(onTestFinished, '3m')
  const root = await openRoot(onTestFinished, base, { channel, path: join(disk, 'root') })
  const { job } = root.job(script, { key: 'full' })
  await submit(channel, root.path, job, 'now')
  expect(await root.until('full', 'lost')).toMatchObject({ cause: 'disk full' })
  expect(await findOrphans(job.job.mark)).toEqual([])
  // Also said by a file, for whoever asks later.
  expect(await root.stateOf('full')).toMatchObject({ state: 'lost', cause: 'disk full' })
})

test.runIf(platform() === 'linux')(
  'what is put where there is no space is an error of one line',
  async ({ onTestFinished }) => {
    const { disk, channel } = await openDisk(onTestFinished, '1m')
    const base = openRoot(
      onTestFinished,
      { 'a.bin': megabyte, 'b.bin': megabyte },
      { channel, path: join(disk, 'root') },
    )
    await expect(base).rejects.toThrow(/^`put` on the disk failed: \[Errno 28\] No space left on device/)
  },
)
