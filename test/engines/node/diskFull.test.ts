/** A small disk of its own: a file system in memory that only the commands of these tests see. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rmdir } from 'node:fs/promises'
import { platform } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
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
  const node = (args: readonly string[]) => [...enter, python, ...pythonFlags, nodeFolder, ...args]
  return {
    disk,
    enter,
    node,
    channel: processChannel('the disk', node),
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
  'a run that finds no space when its worker claims it is lost for that, and the worker goes on',
  async ({ onTestFinished }) => {
    const { disk, channel, enter, node } = await openDisk(onTestFinished, '3m')
    const root = await openRoot(onTestFinished, { 'a.bin': megabyte }, { channel, path: join(disk, 'root') })
    const shell = (script: string) => execa(enter[0] ?? '', [...enter.slice(1), 'sh', '-c', script, 'sh', disk])
    const [file = '', ...args] = node(['serve', root.path, '0', '--idle', '60'])
    const worker = spawn(file, args, { stdio: ['ignore', 'ignore', 'inherit'], detached: true })
    // It has made a tree ahead when it has one.
    await shell('until [ "$(stat -c %s "$1/root/slot-0/tree/a.bin")" = 1000000 ]; do sleep 0.05; done 2> "$1/waiting"')
    const { job } = root.job('true', { key: 'claimed' })
    // One page is left, for the job.
    await shell('cat /dev/zero > "$1/full" 2> /dev/null; truncate -s -4096 "$1/full"')
    await submit(channel, root.path, job, 'held')
    expect(await root.until('claimed', 'lost')).toMatchObject({ cause: 'disk full' })
    await shell('rm "$1/full"')
    const next = root.job('true')
    await submit(channel, root.path, next.job, 'held')
    await root.until(next.job.key, 'ended')
    expect(worker.exitCode).toBe(null)
  },
)

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
