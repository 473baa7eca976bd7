/** Tests on a Ray cluster of their own. */
import { test } from 'vitest'
import { installRay } from '../../bench/engines/ray/install.ts'

export { type RayCluster, startRay } from '../../bench/engines/ray/cluster.ts'

const found = await installRay()
/** Why there can be no Ray on this machine, and what would change that; null where there can. */
export const rayMissing: string | null = 'missing' in found ? found.missing : null

/** Defines a test that needs a cluster; where there can be none, it is skipped, and its name says why. */
export const onRay = (name: string, timeout: number, run: () => Promise<void>) =>
  rayMissing === null ? test(name, { timeout }, run) : test.skip(`${name}: ${rayMissing}`)
