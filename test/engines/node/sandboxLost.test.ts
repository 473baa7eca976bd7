/** A run on a node whose sandbox can no longer be made. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { NodeSandbox } from '../../../scripts/engines/nodeJob.ts'
import { nodePaths } from '../../../scripts/engines/remote/paths.ts'
import { submit } from '../../../scripts/engines/remote/verbs.ts'
import { findSandbox } from '../../../scripts/lib/sandbox/sandbox.ts'
import { openRoot } from './openRoot.ts'

const { sandbox } = process.platform === 'linux' ? await findSandbox('bubblewrap') : { sandbox: null }

/** @returns a sandbox whose program is a script around the real one: `before` is executed first */
async function around(root: string, key: string, before: string): Promise<NodeSandbox> {
  const paths = nodePaths(root, 0, key)
  const program = join(dirname(root), 'bwrap')
  await mkdir(dirname(program), { recursive: true })
  await writeFile(program, `#!/bin/sh\n${before}\nexec ${sandbox?.program} "$@"\n`, { mode: 0o755 })
  const { tree, run, given, home, temporary } = paths
  const policy = {
    writable: [tree, run, given, home],
    hidden: [root],
    readable: [],
    home,
    tmp: temporary,
    network: 'local',
  } as const
  return {
    mechanism: 'bubblewrap',
    program,
    options: sandbox?.options ?? [],
    policy: { ...policy, writable: [...policy.writable], hidden: [...policy.hidden], readable: [] },
    caches: [],
  }
}

test.skipIf(sandbox === null)(
  'a run whose sandbox is no longer made is lost, and one that fails in it has failed',
  async () => {
    const root = await openRoot(onTestFinished)
    const flag = join(dirname(root.path), 'flag')
    const outcome = async (name: string, before: string) => {
      const key = `session-${name}`
      const { job, publicKey } = root.job('echo said; exit 3', { key, sandbox: await around(root.path, key, before) })
      await submit(root.channel, root.path, job, 'now')
      return { key, publicKey }
    }
    const failed = await outcome('0001-1-1', '')
    await root.until(failed.key, 'ended')
    expect(await root.exitOf(failed.key, failed.publicKey)).toMatchObject({ code: 3, ended: null })
    expect(await root.logOf(failed.key)).toBe('said\n')

    const lost = await outcome(
      '0002-1-1',
      `if [ -e ${flag} ]; then echo "bwrap: no namespaces left" >&2; exit 1; fi; touch ${flag}`,
    )
    expect(await root.until(lost.key, 'lost')).toMatchObject({
      cause: 'node failed',
      detail: 'the sandbox of its run can no longer be made: no namespaces left',
    })
  },
)
