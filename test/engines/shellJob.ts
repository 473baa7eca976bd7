/** A job of a node whose command is a shell script in a tree of the base. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { createKeys } from '../../scripts/engines/local/signature.ts'
import type { NodeJob, NodePaths } from '../../scripts/engines/nodeJob.ts'

/** @param timeout seconds @returns the job, and the public key of its result */
export function shellJob(paths: NodePaths, key: string, slot: number, script: string, timeout: number) {
  const keys = createKeys()
  const job: NodeJob = {
    key,
    slot,
    edits: {},
    links: {},
    hide: [],
    sandbox: null,
    inherit: [],
    job: {
      key: keys.secret,
      argv: ['sh', '-c', script],
      cwd: paths.tree,
      env: { PATH: process.env.PATH ?? '', NIGHTSHIFT_CURVE: join(paths.run, 'curve.csv') },
      log: join(paths.run, 'run.log'),
      exit: paths.exit,
      owner: paths.owner,
      mark: randomUUID(),
      timeoutSeconds: timeout,
      relay: null,
      frozen: { folder: paths.tree, hashes: {} },
      evaluator: null,
    },
  }
  return { job, publicKey: keys.public }
}
