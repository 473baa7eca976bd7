/** `session cancel` of a session whose harness was killed while a run executed on a host. */
import { access, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, vi } from 'vitest'
import { readSession } from '../../../scripts/record/files/paths.ts'
import { overSsh } from '../../helpers/sshd.ts'
import { set } from '../../helpers/target.ts'
import { nightshift } from '../../helpers/throwaway.ts'
import { args, folderOf, processesIn } from '../session/faults.ts'
import { leftOn, onHosts } from './onHosts.ts'

overSsh('cancel ends what a killed session left on its hosts, and refuses while one runs', async finished => {
  const there = await onHosts({ played: [set('HANG', '1')] }, finished)
  const session = nightshift(there.root, 'session', args)
  await vi.waitFor(async () => {
    const id = basename(await folderOf(there.root))
    await access(join(there.nodes, `${id}-0`, 'runs'))
    const [, candidate] = (await readSession(await folderOf(there.root))).experiments
    expect(candidate).toBeUndefined()
    expect((await processesIn(there.nodes)).length).toBeGreaterThan(0)
  }, 30_000)
  const refused = await nightshift(there.root, 'session', ['cancel', basename(await folderOf(there.root))])
  expect(refused.stderr).toContain('session stop --now')
  expect(refused.exitCode).toBe(2)
  session.kill('SIGKILL')
  await session
  const cancelled = await nightshift(there.root, 'session', ['--cancel'])
  expect(cancelled.exitCode, cancelled.stderr).toBe(0)
  expect(await leftOn(there)).toEqual([])
  expect(await processesIn(there.nodes)).toEqual([])
  const { session: record } = await readSession(await folderOf(there.root))
  expect(record.stop).toEqual({ kind: 'cancelled', detail: 'given up by hand' })
  // Git's settings, which `experiment` and a pull request use, and where the session was.
  const work = join(there.root, '../work', basename(await folderOf(there.root)))
  expect((await readdir(work)).filter(name => !/^(git|where\.json)$/.test(name))).toEqual([])
  const again = await nightshift(there.root, 'session', ['resume'])
  expect(again.stderr).toContain('There is no unfinished session')
})
