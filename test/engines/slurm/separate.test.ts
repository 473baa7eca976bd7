import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect } from 'vitest'
import { type Cluster, onSlurm, slurmMissing, startCluster } from '../../helpers/slurm.ts'
import { scratch, untilLast } from '../../helpers/throwaway.ts'
import { executed, jobAt, newId, openTest, untilReady, untilState } from './open.ts'

let cluster: Cluster
let work = ''
const finished = untilLast()
beforeAll(async () => {
  if (slurmMissing !== null) return
  work = await scratch(finished)
  // The nodes see neither the session's folders nor this checkout.
  cluster = await startCluster({ nodes: 2, hidden: [work, join(import.meta.dirname, '../../../scripts')] }, finished)
  process.env.SLURM_CONF = cluster.env.SLURM_CONF
}, 60_000)

onSlurm('without a shared file system the nodes get all that runs need', { timeout: 150_000 }, async () => {
  const id = newId()
  const spec = { shared: false, root: cluster.local }
  const engine = await openTest({
    id,
    work: join(work, id),
    slots: 2,
    spec,
    resources: { gpus: null, nodes: 1, cpus: 16, memory: null },
  })
  const lines: string[] = []
  await engine.setUp('echo set up on $(hostname)', { PATH: '/usr/bin:/bin' }, (_, line) => lines.push(line))
  const nodes = await Promise.all([untilReady(engine, 0), untilReady(engine, 1)])
  expect(nodes.sort()).toEqual(['n1', 'n2'])
  expect(lines.filter(line => line !== '').sort()).toEqual(['set up on n1', 'set up on n2'])
  const script = 'cat train.sh; pwd; hostname'
  const results = await Promise.all([0, 1].map(place => executed(engine, place, script, work)))
  expect(results.map(({ code }) => code)).toEqual([0, 0])
  const root = join(cluster.local, id)
  expect(results.map(({ log }) => log).sort()).toEqual(
    engine.places
      .map(({ index, state }) => `echo base\n${root}/slot-${index}/tree\n${state.kind === 'ready' ? state.node : ''}\n`)
      .sort(),
  )
  // What is on the disk of this machine is nothing of it.
  expect(existsSync(root)).toBe(false)
  const { job } = jobAt(engine, 0, 'sleep 600', { timeout: 600 })
  const handle = await engine.submit(0, job)
  const { node } = await untilState(engine, handle, 'running')
  expect(await engine.find(job.key)).toEqual(handle)
  await cluster.killNode(node)
  await cluster.run('scontrol', 'update', `nodename=${node}`, 'state=down', 'reason=test')
  expect(await untilState(engine, handle, 'lost')).toMatchObject({ cause: 'node failed' })
  // Its disk is a new one.
  await cluster.startNode(node)
  await cluster.run('scontrol', 'update', `nodename=${node}`, 'state=resume')
  await untilReady(engine, 0)
  expect(await executed(engine, 0, 'cat train.sh', work)).toEqual({ code: 0, log: 'echo base\n' })
  await engine.close()
  expect(await cluster.run('squeue', '-h')).toBe('')
})
