/** A run that stops its own runner. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { nodeFolder } from '../../../scripts/engines/remote/files.ts'
import { submit } from '../../../scripts/engines/remote/verbs.ts'
import { findOrphans } from '../../../scripts/lib/process/orphans.ts'
import { python } from './modules.ts'
import { openRoot } from './openRoot.ts'

/** Executes a job as `execute` does, with less patience. */
const impatient = `
import sys
sys.path.insert(0, sys.argv[1])
import execute, execution
execution.spare_seconds = 1.0
execute.main(sys.argv[2:])
`

test('is ended when its time is over, and its slot goes on', async () => {
  const root = await openRoot(onTestFinished)
  const { job } = root.job('kill -STOP $PPID; exec sleep 300', { timeout: 0.1 })
  await submit(root.channel, root.path, job, 'later')
  await promisify(execFile)(python, ['-B', '-c', impatient, nodeFolder, root.path, job.key])
  expect(await root.stateOf(job.key)).toMatchObject({ state: 'lost', cause: 'runner killed' })
  expect(await findOrphans(job.job.mark)).toEqual([])
})
