import { beforeAll, expect } from 'vitest'
import { Failure } from '../../../scripts/lib/errors.ts'
import { type Cluster, onSlurm, slurmMissing, startCluster } from '../../helpers/slurm.ts'
import { scratch, untilLast } from '../../helpers/throwaway.ts'
import { executed, jobAt, openTest, untilReady, untilState } from './open.ts'

let cluster: Cluster
const finished = untilLast()
beforeAll(async () => {
  if (slurmMissing !== null) return
  // Each test has a node of its own.
  const low = 'PartitionName=low Nodes=n6 MaxTime=INFINITE DefaultTime=01:00:00 PriorityTier=1 PreemptMode=CANCEL'
  const memory = 'JobAcctGatherParams=OverMemoryKill'
  const settings = [low, 'JobAcctGatherType=jobacct_gather/linux', 'JobAcctGatherFrequency=task=1', memory]
  cluster = await startCluster({ nodes: 7, settings }, finished)
  process.env.SLURM_CONF = cluster.env.SLURM_CONF
}, 60_000)

const concurrent = { timeout: 150_000, concurrent: true }
const endless = 'echo begun; sleep 600'

/** A run that is under way on a node. */
async function running(node: string, { partition = 'main', memory = '500M', script = endless } = {}) {
  const work = await scratch(finished)
  const spec = { partition, args: [`--nodelist=${node}`] }
  const engine = await openTest({ work, spec, resources: { gpus: null, nodes: 1, cpus: 1, memory } })
  await untilReady(engine)
  const { job } = jobAt(engine, 0, script, { timeout: 600 })
  const handle = await engine.submit(0, job)
  expect(await untilState(engine, handle, 'running')).toMatchObject({ state: 'running', node })
  return { work, engine, handle, ref: handle.job ?? '' }
}

onSlurm('a node that fails loses its run, and takes one again when it is back', concurrent, async () => {
  const { work, engine, handle } = await running('n1')
  await cluster.killNode('n1')
  await cluster.run('scontrol', 'update', 'nodename=n1', 'state=down', 'reason=test')
  const lost = await untilState(engine, handle, 'lost')
  expect(lost).toMatchObject({ cause: 'node failed', node: 'n1' })
  expect(lost.detail).toContain('n1 is down')
  await cluster.startNode('n1')
  await cluster.run('scontrol', 'update', 'nodename=n1', 'state=resume')
  expect(await executed(engine, 0, 'echo again', work)).toEqual({ code: 0, log: 'again\n' })
  await engine.close()
})

onSlurm('a job that is requeued loses its run, and its next start takes the next one', concurrent, async () => {
  const { work, engine, handle, ref } = await running('n2')
  await cluster.run('scontrol', 'requeue', ref)
  expect(await untilState(engine, handle, 'lost')).toMatchObject({ cause: 'requeued', node: 'n2' })
  expect(await executed(engine, 0, 'echo $SLURM_RESTART_COUNT', work)).toEqual({ code: 0, log: '1\n' })
  await engine.close()
})

onSlurm('a job that somebody cancels loses its run, and another job takes the next one', concurrent, async () => {
  const { work, engine, handle, ref } = await running('n3')
  await cluster.run('scancel', ref)
  expect(await untilState(engine, handle, 'lost')).toMatchObject({ cause: 'cancelled', node: 'n3' })
  expect(await executed(engine, 0, 'echo again', work)).toEqual({ code: 0, log: 'again\n' })
  await engine.close()
})

onSlurm('a job at its time limit loses its run', concurrent, async () => {
  const { engine, handle, ref } = await running('n4')
  const soon = new Date(Date.now() + 5000 - 60_000 * new Date().getTimezoneOffset()).toISOString().slice(0, 19)
  await cluster.run('scontrol', 'update', `jobid=${ref}`, `EndTime=${soon}`)
  expect(await untilState(engine, handle, 'lost')).toMatchObject({ cause: 'time limit', node: 'n4' })
  await engine.close()
})

onSlurm('a job that is preempted and not requeued loses its run', concurrent, async () => {
  const { engine, handle } = await running('n6', { partition: 'low' })
  await cluster.run('sbatch', '-p', 'urgent', '--exclusive', '-w', 'n6', '--output=/dev/null', '--wrap', 'sleep 5')
  expect(await untilState(engine, handle, 'lost')).toMatchObject({ cause: 'preempted', node: 'n6' })
  await engine.close()
})

onSlurm('a job that Slurm kills for its memory loses its run', concurrent, async () => {
  const script = 'echo begun; python3 -c "import time; x = bytearray(400 * 2**20); time.sleep(600)"'
  const { engine, handle } = await running('n7', { memory: '200M', script })
  const lost = await untilState(engine, handle, 'lost')
  expect(lost).toMatchObject({ cause: 'out of memory', node: 'n7' })
  expect(lost.detail).toMatch(/exceeded memory limit/)
  await engine.close()
})

onSlurm('a job that is preempted and requeued loses its run', concurrent, async () => {
  const { engine, handle } = await running('n5')
  await cluster.run('sbatch', '-p', 'urgent', '--exclusive', '-w', 'n5', '--output=/dev/null', '--wrap', 'sleep 5')
  expect(await untilState(engine, handle, 'lost')).toMatchObject({ cause: 'requeued', node: 'n5' })
  await engine.close()
})

onSlurm('what Slurm does not take is one error in its words', { timeout: 30_000 }, async () => {
  const work = await scratch(finished)
  const refused = async (spec: object) => {
    const error = await openTest({ work, spec }).catch((error: unknown) => error)
    return error instanceof Failure ? error.message : error
  }
  expect(await refused({ partition: 'a100' })).toBe(
    'sbatch failed: invalid partition specified: a100; Batch job submission failed: Invalid partition name specified.',
  )
  expect(await refused({ args: ['--constraint=h100'] })).toBe(
    'sbatch failed: Batch job submission failed: Invalid feature specification.',
  )
  expect(await cluster.run('squeue', '-h', '--states=all', '--name=none')).toBe('')
})

onSlurm('an interpreter that is missing on a node is its error, whatever this machine has', concurrent, async () => {
  const engine = await openTest({ work: await scratch(finished), spec: { python: '/nowhere/bin/python3' } })
  await expect(untilReady(engine)).rejects.toThrow(/on n\d.*\/nowhere\/bin\/python3/s)
  await engine.close()
})
