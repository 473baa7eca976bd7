import { join } from 'node:path'
import { beforeAll, expect } from 'vitest'
import { type Cluster, onSlurm, slurmMissing, startCluster } from '../../helpers/slurm.ts'
import { scratch, untilLast } from '../../helpers/throwaway.ts'
import { executed, openTest, untilReady } from './open.ts'

let cluster: Cluster
const finished = untilLast()
beforeAll(async () => {
  if (slurmMissing !== null) return
  cluster = await startCluster({ nodes: 4 }, finished)
  process.env.SLURM_CONF = cluster.env.SLURM_CONF
})

onSlurm('held jobs execute one run after another', { timeout: 60_000 }, async () => {
  const work = await scratch(finished)
  const engine = await openTest({ work, slots: 2, resources: { gpus: null, nodes: 1, cpus: 2, memory: '100M' } })

  await Promise.all([untilReady(engine, 0), untilReady(engine, 1)])

  const script = 'cat train.sh; env; exit 3'
  const first = await executed(engine, 0, script, join(work, 'results'))

  expect(first.code).toBe(3)
  await engine.close()
  expect(await cluster.run('squeue', '-h')).toBe('')
})
