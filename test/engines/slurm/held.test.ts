import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { beforeAll, expect } from 'vitest'
import type { Handle } from '../../../scripts/engines/engine.ts'
import { type Cluster, onSlurm, slurmMissing, startCluster } from '../../helpers/slurm.ts'
import { scratch, untilLast } from '../../helpers/throwaway.ts'
import { executed, jobAt, newId, openTest, resultOf, until, untilReady, untilState } from './open.ts'

let cluster: Cluster
const finished = untilLast()
beforeAll(async () => {
  if (slurmMissing !== null) return
  cluster = await startCluster({ nodes: 4, gpus: 2 }, finished)
  process.env.SLURM_CONF = cluster.env.SLURM_CONF
  process.env.TEST_API_KEY = 'a key of the shell'
}, 60_000)

const concurrent = { timeout: 120_000, concurrent: true }
const jobsOf = async (id: string) =>
  (await cluster.run('squeue', '-h', '-r', `--name=nightshift-${id}`, '-o', '%i %T'))
    .split('\n')
    .filter(line => line !== '')

onSlurm('held jobs get what is asked for, and execute one run after another', concurrent, async () => {
  const work = await scratch(finished)
  const id = newId()
  const resources = { gpus: 2, nodes: 1, cpus: 3, memory: '100M' }
  const engine = await openTest({ id, work, slots: 2, resources })
  expect(engine.description).toBe('Slurm, 2 held jobs with 2 GPUs, 3 CPUs, 100M of memory each')
  await Promise.all([untilReady(engine, 0), untilReady(engine, 1)])
  const facts = engine.places.map(({ facts }) => facts)
  expect(facts.map(each => each?.node)).toEqual(engine.places.map(({ state }) => state.kind === 'ready' && state.node))
  expect(facts[0]?.env.TEST_API_KEY).toBeUndefined()
  const script = 'cat train.sh; echo $SLURM_JOB_ID $SLURM_CPUS_ON_NODE $SLURM_MEM_PER_NODE $SLURM_GPUS_ON_NODE; exit 3'
  const first = await executed(engine, 0, script, work)
  const [second, other] = await Promise.all([executed(engine, 0, script, work), executed(engine, 1, script, work)])
  expect(first.code).toBe(3)
  expect(first.log).toMatch(/^echo base\n\d+ 3 100 2\n$/)
  expect(second).toEqual(first)
  expect(other.log).not.toBe(first.log)
  await engine.close()
  expect(await jobsOf(id)).toEqual([])
  await expect(readFile(join(work, 'nodes/node/serve.py'))).rejects.toThrow('ENOENT')
})

onSlurm('a slot whose job was given back when idle gets another one with its next run', concurrent, async () => {
  const work = await scratch(finished)
  const id = newId()
  const engine = await openTest({ id, work, spec: { idle: 1 } })
  await untilReady(engine)
  await until(engine, 'the job has ended', async () => ((await jobsOf(id)).length === 0 ? true : null))
  await wait(3000)
  expect(await jobsOf(id)).toEqual([])
  expect(await executed(engine, 0, 'echo again', work)).toEqual({ code: 0, log: 'again\n' })
  await engine.close()
})

onSlurm('a run that would outlast its job gets another job', concurrent, async () => {
  const work = await scratch(finished)
  const id = newId()
  const engine = await openTest({ id, work, spec: { time: 300 } })
  await untilReady(engine)
  const [first = ''] = await jobsOf(id)
  await cluster.run('scontrol', 'update', `jobid=${first.split(' ')[0]}`, 'TimeLimit=3')
  // The list of jobs is made anew every five seconds.
  await wait(6000)
  const { job, publicKey } = jobAt(engine, 0, 'echo done', { timeout: 120 })
  const handle = await engine.submit(0, job)
  await untilState(engine, handle, 'ended')
  expect(await resultOf(engine, handle, publicKey, work)).toEqual({ code: 0, log: 'done\n' })
  expect((await jobsOf(id)).join()).not.toContain(first.split(' ')[0])
  const long = jobAt(engine, 0, 'echo never', { timeout: 290 })
  await expect(engine.submit(0, long.job)).rejects.toThrow(
    'A run may take 410 s with what comes after it, and `engine.time` gives a job 300 s.',
  )
  await engine.close()
})

onSlurm('a waiting run is taken back, and one under way is ended', concurrent, async () => {
  const work = await scratch(finished)
  const engine = await openTest({ work })
  await untilReady(engine)
  const { job, publicKey } = jobAt(engine, 0, 'echo begun; sleep 600', { timeout: 600 })
  const handle = await engine.submit(0, job)
  await untilState(engine, handle, 'running')
  await engine.cancel(handle)
  await untilState(engine, handle, 'ended')
  expect(await resultOf(engine, handle, publicKey, work)).toMatchObject({ log: 'begun\n' })
  await engine.close()
})

onSlurm('setup is executed on a node, and says what it says', concurrent, async () => {
  const work = await scratch(finished)
  const engine = await openTest({ work })
  const lines: string[] = []
  await engine.setUp('cat train.sh; hostname', { PATH: '/usr/bin:/bin' }, (_, line) => lines.push(line))
  expect(lines[0]).toBe('echo base')
  expect(lines[1]).toMatch(/^n\d$/)
  await expect(engine.setUp('echo no network; exit 4', { PATH: '/usr/bin:/bin' }, () => {})).rejects.toThrow(
    /^The setup command failed on n\d with exit code 4: no network\.$/,
  )
  await engine.close()
})

onSlurm(
  'a harness that was killed finds its jobs and its run again, and submits nothing twice',
  concurrent,
  async () => {
    const work = await scratch(finished)
    const id = newId()
    const args = [join(import.meta.dirname, 'driver.ts'), id, work, `echo $SLURM_JOB_ID; sleep 5; echo done`]
    const driver = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    finished(() => void driver.kill('SIGKILL'))
    const [line] = (await once(createInterface({ input: driver.stdout }), 'line')) as [string]
    const { handle, publicKey } = JSON.parse(line) as { handle: Handle; publicKey: string }
    driver.kill('SIGKILL')
    await once(driver, 'exit')
    const before = await jobsOf(id)
    const engine = await openTest({ id, work, slots: 2 })
    expect(await engine.find('another-key')).toBeNull()
    const found = await engine.find(handle.key)
    expect(found).toEqual(handle)
    // Also to one who asks for it again.
    expect(await engine.submit(0, jobAt(engine, 0, 'echo twice', { key: handle.key }).job)).toEqual(handle)
    await untilState(engine, handle, 'ended')
    expect((await resultOf(engine, handle, publicKey, work)).log).toMatch(/^\d+\ndone\n$/)
    expect(await jobsOf(id)).toEqual(before)
    expect(before).toHaveLength(2)
    await engine.detach()
    // A session that was given up: nothing is asked for.
    const last = await openTest({ id, work, slots: 2, purpose: 'cancel' })
    await last.close()
    expect(await jobsOf(id)).toEqual([])
  },
)

onSlurm(
  'a run goes on while the controller does not answer, and the session with it',
  { timeout: 120_000 },
  async () => {
    const work = await scratch(finished)
    const engine = await openTest({ work })
    await untilReady(engine)
    const { job, publicKey } = jobAt(engine, 0, 'sleep 2; echo done')
    const handle = await engine.submit(0, job)
    await untilState(engine, handle, 'running')
    await cluster.killController()
    await untilState(engine, handle, 'ended')
    expect(await resultOf(engine, handle, publicKey, work)).toEqual({ code: 0, log: 'done\n' })
    await cluster.startController()
    expect(await executed(engine, 0, 'echo again', work)).toEqual({ code: 0, log: 'again\n' })
    await engine.close()
  },
)

onSlurm('a place on a node to avoid is given back, and is asked for on another one', concurrent, async () => {
  const work = await scratch(finished)
  const id = newId()
  const engine = await openTest({ id, work })
  const nodeOf = () => (engine.places[0]?.state.kind === 'ready' ? engine.places[0].state.node : null)
  await untilReady(engine)
  const slow = nodeOf() ?? expect.fail('no node')
  engine.avoid?.(slow)
  await engine.replace?.(0)
  expect(nodeOf()).toBeNull()
  await untilReady(engine)
  expect(nodeOf()).not.toBe(slow)
  expect(await executed(engine, 0, 'echo there', work)).toEqual({ code: 0, log: 'there\n' })
  await engine.close()
})
