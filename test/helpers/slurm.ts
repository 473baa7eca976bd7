/** Tests on a Slurm cluster of their own. */
import { test } from 'vitest'
import { slurmMissing } from '../../bench/engines/cluster.ts'

export { type Cluster, slurmMissing, startCluster } from '../../bench/engines/cluster.ts'

/** Defines a test that needs a cluster; where there can be none, it is skipped, and its name says why. */
export const onSlurm = (name: string, options: { timeout?: number; concurrent?: boolean }, run: () => Promise<void>) =>
  slurmMissing === null ? test(name, options, run) : test.skip(`${name}: ${slurmMissing}`)
