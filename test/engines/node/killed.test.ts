/** Workers and runners of a node that are killed at an instant: nothing is executed twice, nothing runs for ever. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { submit } from '../../../scripts/engines/remote/verbs.ts'
import { findOrphans } from '../../../scripts/lib/process/orphans.ts'
import { endOf, openRoot, type TestRoot, untilThere } from './openRoot.ts'

/** A script that says that it was executed, outside of what a run may lose. */
const counted = (root: TestRoot, script: string) => `echo executed >> ${root.path}/count; ${script}`
const countOf = async (root: TestRoot): Promise<number> =>
  existsSync(join(root.path, 'count')) ? (await readFile(join(root.path, 'count'), 'utf8')).split('\n').length - 1 : 0

describe.concurrent('a worker that is killed', () => {
  test.for([
    { instant: 'claimed', executed: 0, state: 'lost' },
    { instant: 'job taken', executed: 0, state: 'lost' },
    { instant: 'prepared', executed: 0, state: 'lost' },
    { instant: 'started', executed: 0, state: 'lost' },
    { instant: 'ended', executed: 1, state: 'ended' },
  ] as const)(
    '$instant: its run is $state, and the next worker goes on',
    async ({ instant, executed, state }, { onTestFinished }) => {
      const root = await openRoot(onTestFinished)
      const { job, publicKey } = root.job(counted(root, 'true'))
      await submit(root.channel, root.path, job, 'held')
      expect(await endOf(root.serve(0, ['--idle', '60'], { NIGHTSHIFT_FAILPOINT: instant }))).toBe('SIGKILL')
      const found = await root.stateOf(job.key)
      expect(found).toMatchObject({ state, cause: state === 'lost' ? 'runner killed' : null })
      expect(await findOrphans(job.job.mark)).toEqual([])
      const next = root.job('true')
      await submit(root.channel, root.path, next.job, 'held')
      root.serve()
      await root.until(next.job.key, 'ended')
      expect(await root.exitOf(next.job.key, next.publicKey)).toMatchObject({ code: 0 })
      // The same key again: it is what it was. Only a poll compares clocks.
      expect(await submit(root.channel, root.path, job, 'held')).toEqual({ ...found, beganAt: undefined })
      expect(await countOf(root)).toBe(executed)
      if (state === 'ended') expect(await root.exitOf(job.key, publicKey)).toMatchObject({ code: 0 })
    },
  )

  test('during a run: poll says so, and ends what runs on', async ({ onTestFinished }) => {
    const root = await openRoot(onTestFinished)
    const { job } = root.job(counted(root, 'setsid env -i sleep 60 & sleep 60'))
    await submit(root.channel, root.path, job, 'held')
    const worker = root.serve()
    await untilThere(join(root.path, 'count'))
    worker.kill('SIGKILL')
    await endOf(worker)
    expect(await root.stateOf(job.key)).toMatchObject({ state: 'lost', cause: 'runner killed' })
    expect(await findOrphans(job.job.mark)).toEqual([])
    expect(await root.exitOf(job.key, '')).toBe(null)
  })

  test('during a run: the next worker of the slot says so', async ({ onTestFinished }) => {
    const root = await openRoot(onTestFinished)
    const { job } = root.job(counted(root, 'sleep 60'))
    const next = root.job(counted(root, 'true'))
    await submit(root.channel, root.path, job, 'held')
    await submit(root.channel, root.path, next.job, 'held')
    const worker = root.serve()
    await untilThere(join(root.path, 'count'))
    worker.kill('SIGKILL')
    await endOf(worker)
    root.serve(0, ['--idle', '60'], { SLURM_RESTART_COUNT: '1' })
    await untilThere(join(root.path, 'runs', job.key, 'lost.json'))
    expect(await root.stateOf(job.key)).toMatchObject({ state: 'lost', cause: 'requeued' })
    await root.until(next.job.key, 'ended')
    expect(await findOrphans(job.job.mark)).toEqual([])
    expect(await countOf(root)).toBe(2)
  })
})

describe.concurrent('a run', () => {
  test('whose runner is killed is lost, and its worker goes on', async ({ onTestFinished }) => {
    const root = await openRoot(onTestFinished)
    const { job } = root.job('kill -9 $PPID; sleep 60')
    const next = root.job('true')
    for (const some of [job, next.job]) await submit(root.channel, root.path, some, 'held')
    root.serve()
    expect(await root.until(job.key, 'lost')).toMatchObject({
      cause: 'runner killed',
      detail: expect.stringContaining('SIGKILL'),
    })
    await root.until(next.job.key, 'ended')
    expect(await findOrphans(job.job.mark)).toEqual([])
  })

  test.for([
    { until: [], cause: 'preempted' },
    { until: ['--until', String(Math.floor(Date.now() / 1000) + 30)], cause: 'time limit' },
  ])('whose worker gets SIGTERM is lost: $cause', async ({ until, cause }, { onTestFinished }) => {
    const root = await openRoot(onTestFinished)
    const { job } = root.job(counted(root, 'sleep 60'))
    await submit(root.channel, root.path, job, 'held')
    const worker = root.serve(0, ['--idle', '60', ...until])
    await untilThere(join(root.path, 'count'))
    worker.kill('SIGTERM')
    expect(await endOf(worker)).toBe(0)
    expect(await root.stateOf(job.key)).toMatchObject({ state: 'lost', cause })
    expect(await findOrphans(job.job.mark)).toEqual([])
  })

  test('that was submitted 20 times at once, and started as often, is executed once', async ({ onTestFinished }) => {
    const root = await openRoot(onTestFinished)
    const { job, publicKey } = root.job(counted(root, 'sleep 0.3'))
    await Promise.all(Array.from({ length: 20 }, () => submit(root.channel, root.path, job, 'now')))
    await root.until(job.key, 'ended')
    expect(await root.exitOf(job.key, publicKey)).toMatchObject({ code: 0 })
    expect(await countOf(root)).toBe(1)
  })

  test('of a slot that two workers serve is executed by one; the other takes over when that one is killed', async ({
    onTestFinished,
  }) => {
    const root = await openRoot(onTestFinished)
    const workers = [root.serve(), root.serve()]
    const { job } = root.job(counted(root, 'sleep 60'))
    await submit(root.channel, root.path, job, 'held')
    await untilThere(join(root.path, 'count'))
    const { workers: polled } = await root.poll()
    const first = workers.find(worker => worker.pid === polled[0]?.pid)
    const next = root.job(counted(root, 'true'))
    await submit(root.channel, root.path, next.job, 'held')
    first?.kill('SIGKILL')
    await root.until(next.job.key, 'ended')
    expect(await root.stateOf(job.key)).toMatchObject({ state: 'lost' })
    expect((await root.poll()).workers[0]).toMatchObject({ generation: 2, pid: workers.find(w => w !== first)?.pid })
    expect(await countOf(root)).toBe(2)
  })

  test('of another machine is lost when its heartbeat is old', async ({ onTestFinished }) => {
    const root = await openRoot(onTestFinished)
    const { job } = root.job(counted(root, 'sleep 60'))
    await submit(root.channel, root.path, job, 'held')
    const worker = root.serve()
    await untilThere(join(root.path, 'count'))
    const claim = join(root.path, 'runs', job.key, 'claim.json')
    worker.kill('SIGSTOP')
    await root.asOnAnotherMachine(claim)
    expect(await root.stateOf(job.key)).toMatchObject({ state: 'running' })
    await wait(2100)
    const { runs } = await root.poll('2')
    expect(runs[job.key]).toMatchObject({ state: 'lost', cause: 'node failed' })
    // When it goes on it ends the run, and what was said holds.
    worker.kill('SIGCONT')
    const latest = performance.now() + 20_000
    while ((await findOrphans(job.job.mark)).length > 0 && performance.now() < latest) await wait(50)
    expect(await findOrphans(job.job.mark)).toEqual([])
    expect(await root.stateOf(job.key)).toMatchObject({ state: 'lost', cause: 'node failed' })
  })
})
