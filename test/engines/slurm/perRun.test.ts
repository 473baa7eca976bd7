import { beforeAll, expect } from 'vitest'
import { type Cluster, onSlurm, slurmMissing, startCluster } from '../../helpers/slurm.ts'
import { scratch, untilLast } from '../../helpers/throwaway.ts'
import { executed, jobAt, newId, openTest, resultOf, untilReady, untilState } from './open.ts'

let cluster: Cluster
const finished = untilLast()
beforeAll(async () => {
  if (slurmMissing !== null) return
  cluster = await startCluster({ nodes: 2 }, finished)
  process.env.SLURM_CONF = cluster.env.SLURM_CONF
}, 60_000)

const spec = { per_run: true }

onSlurm('each run is a job of its own, which is found by its name', { timeout: 120_000 }, async () => {
  const work = await scratch(finished)
  const id = newId()
  const engine = await openTest({ id, work, slots: 2, spec })
  expect(engine.description).toBe('Slurm, a job for each run, 2 at once')
  await untilReady(engine, 1)
  expect(engine.places.map(({ facts }) => facts?.node)).toEqual(['n1', 'n1'])
  const [first, second] = await Promise.all(
    [0, 1].map(place => executed(engine, place, 'echo $SLURM_JOB_NAME; exit 3', work)),
  )
  expect([first?.code, second?.code]).toEqual([3, 3])
  expect(first?.log).not.toBe(second?.log)
  const key = `${id}-0001-1-1`
  const { job, publicKey } = jobAt(engine, 0, 'echo $SLURM_JOB_NAME; sleep 3', { key })
  const handle = await engine.submit(0, job)
  await engine.detach()
  const next = await openTest({ id, work, slots: 2, spec })
  expect(await next.find(key)).toEqual(handle)
  expect(await next.submit(0, job)).toEqual(handle)
  await untilState(next, handle, 'ended')
  expect(await resultOf(next, handle, publicKey, work)).toEqual({ code: 0, log: `${key}\n` })
  expect((await cluster.run('squeue', '-h', '--states=all', `--name=${key}`, '-o', '%i')).split('\n')).toHaveLength(1)
  const endless = jobAt(next, 1, 'echo begun; sleep 600', { key: `${id}-0002-1-1`, timeout: 600 })
  const lost = await next.submit(1, endless.job)
  await untilState(next, lost, 'running')
  await cluster.run('scancel', lost.job ?? '')
  expect(await untilState(next, lost, 'lost')).toMatchObject({ cause: 'cancelled' })
  await next.close()
  expect(await cluster.run('squeue', '-h')).toBe('')
})

onSlurm('setup is executed by a job of its own', { timeout: 120_000 }, async () => {
  const engine = await openTest({ work: await scratch(finished), slots: 2, spec })
  const lines: string[] = []
  await engine.setUp('cat train.sh; hostname', { PATH: '/usr/bin:/bin' }, (_, line) => lines.push(line))
  expect(lines[0]).toBe('echo base')
  expect(lines[1]).toMatch(/^n\d$/)
  await expect(engine.setUp('echo no network; exit 4', { PATH: '/usr/bin:/bin' }, () => {})).rejects.toThrow(
    'The setup command failed on a node of the cluster with exit code 4: no network.',
  )
  await engine.close()
})
