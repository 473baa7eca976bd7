import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nodePaths } from '../../../scripts/engines/remote/paths.ts'
import { unpackRun } from '../../../scripts/engines/remote/unpack.ts'
import * as verbs from '../../../scripts/engines/remote/verbs.ts'
import { findOrphans } from '../../../scripts/lib/process/orphans.ts'
import { scratch } from '../../helpers/throwaway.ts'
import { endOf, openRoot, untilThere } from './openRoot.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

describe.concurrent('a worker', () => {
  test('makes the tree of each run anew, as its commit has it', async ({ onTestFinished }) => {
    const root = await openRoot(onTestFinished, {
      'train.py': 'base',
      'kept.txt': 'kept',
      'gone/a.txt': 'a',
      'hidden/b.txt': 'b',
      'became/c.txt': 'c',
    })
    const spoil = [
      'echo spoilt > kept.txt; rm -r gone; ln -s / planted; mkfifo pipe',
      'mkdir -p closed/inner; touch closed/inner/file; chmod 0 closed/inner closed',
      'deep=.; for i in $(seq 300); do deep=$deep/aaaaaaaaaaaaaaaaaaaa; done',
      'for i in $(seq 300); do mkdir aaaaaaaaaaaaaaaaaaaa; cd aaaaaaaaaaaaaaaaaaaa; done',
    ].join('; ')
    const first = root.job(spoil)
    const second = root.job(
      'find . -mindepth 1 | sort; cat train.py kept.txt became new/d.sh; new/d.sh; readlink data',
      {
        edits: {
          'train.py': { content: base64('edited\n'), isExecutable: false },
          'gone/a.txt': null,
          'became/c.txt': null,
          became: { content: base64('a file\n'), isExecutable: false },
          'new/d.sh': { content: base64('#!/bin/sh\necho a program\n'), isExecutable: true },
        },
        hide: ['hidden'],
        links: { data: '/somewhere' },
      },
    )
    for (const { job } of [first, second]) await verbs.submit(root.channel, root.path, job, 'held')
    root.serve()
    await root.until(second.job.key, 'ended')
    const log = await root.logOf(second.job.key)
    expect(log.split('\n').slice(0, 7)).toEqual([
      './became',
      './data',
      './kept.txt',
      './new',
      './new/d.sh',
      './train.py',
      'edited',
    ])
    expect(log.split('\n').slice(7)).toEqual([
      'kepta file',
      '#!/bin/sh',
      'echo a program',
      'a program',
      '/somewhere',
      '',
    ])
    expect(await readFile(join(root.path, 'base/kept.txt'), 'utf8')).toBe('kept')
  })

  test('gives a run the variables of its node that match, and not the key of its result', async ({
    onTestFinished,
  }) => {
    const root = await openRoot(onTestFinished)
    const { job, publicKey } = root.job(`env; grep -rlF "$SECRET" ${root.path} /proc/[0-9]*/environ; true`, {
      inherit: ['SLURM_*', 'ROCR_VISIBLE_DEVICES'],
    })
    job.job.env = { ...job.job.env, SECRET: 'it has no such text', SLURM_JOB_ID: 'of the harness' }
    await verbs.submit(root.channel, root.path, job, 'held')
    root.serve(0, ['--idle', '60'], { SLURM_JOB_ID: '17', ROCR_VISIBLE_DEVICES: '3', OTHER_THING: '1' })
    await root.until(job.key, 'ended')
    const log = await root.logOf(job.key)
    expect(log).toMatch(/^SLURM_JOB_ID=17$/m)
    expect(log).toMatch(/^ROCR_VISIBLE_DEVICES=3$/m)
    expect(log).not.toMatch(/OTHER_THING/)
    expect(await root.exitOf(job.key, publicKey)).toMatchObject({ code: 0 })
    const left = await readdir(join(root.path, 'slot-0/inbox'))
    expect(left).toEqual([])
    expect(await readFile(join(root.path, 'runs', job.key, 'claim.json'), 'utf8')).not.toContain(job.job.key)
  })

  test('ends when it was idle for long, and when it is told to, but never while a job waits', async ({
    onTestFinished,
  }) => {
    const root = await openRoot(onTestFinished)
    const jobs = [root.job('sleep 0.4'), root.job('sleep 0.4')]
    for (const { job } of jobs) await verbs.submit(root.channel, root.path, job, 'held')
    expect(await endOf(root.serve(0, ['--idle', '0.2']))).toBe(0)
    const { runs, workers } = await root.poll()
    expect(jobs.map(({ job }) => runs[job.key]?.state)).toEqual(['ended', 'ended'])
    expect(workers[0]).toMatchObject({ state: 'ended', isAlive: false })
    const { job } = root.job('true')
    await verbs.submit(root.channel, root.path, job, 'held')
    await verbs.end(root.channel, root.path, 0)
    expect(await endOf(root.serve(0, ['--idle', '600']))).toBe(0)
    expect(await root.stateOf(job.key)).toMatchObject({ state: 'ended' })
  })
})

describe.concurrent('a run', () => {
  test('is fetched with what it left, and is not executed again when it was removed', async ({ onTestFinished }) => {
    const root = await openRoot(onTestFinished)
    const script =
      'echo said; echo 1,2 > run/curve.csv; echo {} > given/eval.json; echo x > run/x; mkfifo evaluator.log'
    const { job, publicKey } = root.job(`cd ../../runs/fetched; ${script}`, { key: 'fetched' })
    expect(await verbs.submit(root.channel, root.path, job, 'now')).toMatchObject({ state: 'waiting', slot: 0 })
    await root.until(job.key, 'ended')
    const to = await scratch(onTestFinished)
    const at = (name: string) => join(to, name)
    const paths = { run: at('run'), exit: at('e'), owner: at('o'), evaluation: at('v'), evaluatorLog: at('l') }
    await unpackRun(await verbs.fetch(root.channel, root.path, job.key), paths)
    expect((await readdir(to)).sort()).toEqual(['e', 'o', 'run', 'v'])
    expect((await readdir(paths.run)).sort()).toEqual(['curve.csv', 'run.log'])
    expect(await readFile(join(paths.run, 'run.log'), 'utf8')).toBe('said\n')
    expect(await root.exitOf(job.key, publicKey)).toMatchObject({ code: 0 })
    await verbs.remove(root.channel, root.path, job.key)
    expect(await root.stateOf(job.key)).toBe(null)
    expect(await verbs.submit(root.channel, root.path, job, 'now')).toMatchObject({ state: 'ended' })
    expect(await root.stateOf(job.key)).toBe(null)
    expect(await readdir(join(root.path, 'slot-0/inbox'))).toEqual([])
  })

  test('is executed in the sandbox that its node has', async ({ onTestFinished, skip }) => {
    const root = await openRoot(onTestFinished)
    const { sandbox } = await verbs.facts(root.channel, { root: root.path })
    if (sandbox === null) return skip('this machine has no sandbox')
    const key = 'sandboxed'
    const { tree, home, temporary, given, run, caches } = nodePaths(root.path, 0, key)
    const script = [
      'echo in $HOME',
      'echo x > train.sh && echo tree',
      'echo x > ../../base/train.sh || echo no base',
      'echo x > $TRITON_CACHE_DIR/kernel && echo cache',
    ]
    const { mechanism, program, options } = sandbox
    const { job, publicKey } = root.job(script.join('; '), {
      key,
      sandbox: {
        mechanism,
        program,
        options,
        policy: {
          writable: [tree, given, run, caches.candidates],
          hidden: [],
          readable: [],
          home,
          tmp: temporary,
          network: 'local',
        },
        caches: [join(caches.candidates, 'triton')],
      },
    })
    job.job.env = { ...job.job.env, TRITON_CACHE_DIR: join(caches.candidates, 'triton') }
    await mkdir(join(caches.baseline, 'triton'), { recursive: true })
    await writeFile(join(caches.baseline, 'triton/compiled'), 'by the baseline')
    await verbs.submit(root.channel, root.path, job, 'now')
    await root.until(key, 'ended')
    expect(await root.exitOf(key, publicKey)).toMatchObject({ code: 0 })
    expect((await root.logOf(key)).split('\n').filter(line => !line.startsWith('sh:'))).toEqual([
      `in ${home}`,
      'tree',
      'no base',
      'cache',
      '',
    ])
    expect((await readdir(join(caches.candidates, 'triton'))).sort()).toEqual(['compiled', 'kernel'])
    expect(await readdir(join(caches.baseline, 'triton'))).toEqual(['compiled'])
  })

  test('that waits is taken back, and does not begin', async ({ onTestFinished }) => {
    const root = await openRoot(onTestFinished)
    const { job } = root.job('true')
    await verbs.submit(root.channel, root.path, job, 'held')
    expect(await verbs.cancel(root.channel, root.path, job.key)).toMatchObject({ state: 'lost', cause: 'cancelled' })
    expect(await endOf(root.serve(0, ['--idle', '0.1']))).toBe(0)
    expect(existsSync(nodePaths(root.path, 0, job.key).exit)).toBe(false)
    await expect(verbs.cancel(root.channel, root.path, 'none')).rejects.toThrow(/There is no run none/)
  })

  test('that is under way ends as aborted when it is cancelled, also from another machine', async ({
    onTestFinished,
  }) => {
    const root = await openRoot(onTestFinished)
    const [near, far] = [root.job('echo begun; sleep 60'), root.job('echo begun; sleep 60', { slot: 1 })]
    for (const { job } of [near, far]) {
      await verbs.submit(root.channel, root.path, job, 'now')
      await untilThere(nodePaths(root.path, 0, job.key).owner)
    }
    await root.asOnAnotherMachine(join(root.path, 'runs', far.job.key, 'claim.json'))
    await Promise.all(
      [near, far].map(async ({ job, publicKey }) => {
        await verbs.cancel(root.channel, root.path, job.key)
        await root.until(job.key, 'ended')
        expect(await root.exitOf(job.key, publicKey)).toMatchObject({ ended: 'aborted' })
      }),
    )
  })

  test('that waits or runs is not removed', async ({ onTestFinished }) => {
    const root = await openRoot(onTestFinished)
    const { job } = root.job('sleep 60')
    await verbs.submit(root.channel, root.path, job, 'held')
    await expect(verbs.remove(root.channel, root.path, job.key)).rejects.toThrow(/waits: `cancel` takes it back/)
    root.serve()
    await root.until(job.key, 'running')
    await expect(verbs.remove(root.channel, root.path, job.key)).rejects.toThrow(/runs on .*: `cancel` ends it/)
  })

  test('whose job leads out of its tree is lost, and says why', async ({ onTestFinished }) => {
    const root = await openRoot(onTestFinished)
    const edits = { '../out': { content: '', isExecutable: false } }
    const { job } = root.job('true', { edits })
    await verbs.submit(root.channel, root.path, job, 'now')
    expect(await root.until(job.key, 'lost')).toMatchObject({
      cause: 'node failed',
      detail: expect.stringContaining('"../out"'.replaceAll('"', "'")),
    })
  })
})

describe.concurrent('the root', () => {
  test('is cleaned with all that runs there', async ({ onTestFinished }) => {
    const root = await openRoot(onTestFinished)
    const { job } = root.job('setsid sleep 60 & sleep 60')
    const waiting = root.job('true')
    for (const some of [job, waiting.job]) await verbs.submit(root.channel, root.path, some, 'held')
    const worker = root.serve()
    await root.until(job.key, 'running')
    await verbs.clean(root.channel, root.path)
    await endOf(worker)
    expect(await findOrphans(job.job.mark)).toEqual([])
    expect(await readdir(join(root.path, '..'))).toEqual(['base'])
    // Once more: nothing is there.
    await verbs.clean(root.channel, root.path)
  })

  test('is not cleaned where it is a folder of somebody else', async ({ onTestFinished }) => {
    const root = await openRoot(onTestFinished)
    const other = join(await scratch(onTestFinished), 'mine')
    await mkdir(other)
    await writeFile(join(other, 'thesis.tex'), 'x')
    await expect(verbs.clean(root.channel, other)).rejects.toThrow(/was not made by Nightshift: it is not removed/)
    expect(existsSync(join(other, 'thesis.tex'))).toBe(true)
  })

  test('executes the setup command in the tree of the first commit, and tells what it says', async ({
    onTestFinished,
  }) => {
    const root = await openRoot(onTestFinished, { 'target/train.sh': 'echo base\n' })
    const lines: string[] = []
    const job = {
      command: 'sleep 60 & cat train.sh; echo $GIVEN; printf last; exit 3',
      env: { GIVEN: 'given' },
      inherit: [],
      target: 'target',
      links: {},
    }
    expect(await verbs.setup(root.channel, root.path, job, line => lines.push(line))).toBe(3)
    expect(lines).toEqual(['echo base', 'given', 'last'])
    expect((await readdir(root.path)).filter(name => name.startsWith('setup'))).toEqual([])
  })
})
