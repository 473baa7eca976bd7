import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished } from 'vitest'
import { onSlurm, startCluster } from './slurm.ts'
import { scratch } from './throwaway.ts'

onSlurm(
  'a cluster has nodes with disks of their own, takes one down, and leaves nothing',
  { timeout: 60_000 },
  async () => {
    const hidden = await scratch()
    const cleanups: (() => unknown)[] = []
    const cluster = await startCluster({ nodes: 2, gpus: 2, hidden: [hidden] }, cleanup => {
      cleanups.push(cleanup as () => unknown)
      onTestFinished(cleanup)
    })
    const mark = join(cluster.local, 'mark')
    const here = ['--export=NONE', '--mem=100', '/bin/sh', '-c']
    const hosts = await cluster.run(
      'srun',
      '-N2',
      '--gres=gpu:2',
      ...here,
      `/bin/hostname; echo $SLURM_NODEID > ${mark}`,
    )
    expect(hosts.split('\n').sort()).toEqual(['n1', 'n2'])
    const marks = await cluster.run('srun', '-N2', '-l', ...here, `/bin/cat ${mark}; /bin/ls ${hidden}`)
    expect(marks.split('\n').sort()).toEqual(['0: 0', '1: 1'])
    await cluster.killNode('n1')
    await cluster.run('scontrol', 'update', 'nodename=n1', 'state=down', 'reason=test')
    expect(await cluster.run('sinfo', '-h', '-p', 'main', '-N', '-o', '%N %T')).toMatch(
      /^n1 down\*?\nn2 (idle|completing)$/,
    )
    for (const cleanup of cleanups) await cleanup()
    const { stdout } = await execa('ps', ['-eo', 'args'])
    expect(stdout).not.toContain(cluster.env.SLURM_CONF)
  },
)
