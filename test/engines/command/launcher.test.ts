/** What the engine makes of what a launcher says, here of what a test writes into a file. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { openLauncher } from '../../../scripts/engines/command/launcher.ts'
import { type CommandSpec, storedEngine } from '../../../scripts/program/engine.ts'
import { type Finished, scratch } from '../../helpers/throwaway.ts'

const job = (key: string) => {
  const sent = { path: '/nonexistent', sha256: 'a'.repeat(64) }
  return { key, session: sent, run: sent, resources: null }
}

async function launcherOf(finished: Finished) {
  const folder = await scratch(finished)
  const commands = { submit: 'cat > submitted; cat job', poll: 'cat > polled; cat said', cancel: 'cat', fetch: 'cat' }
  const spec = storedEngine.parse({ use: 'command', poll_every: 1e-9, ...commands }) as CommandSpec
  const say = (jobs: object[]) => writeFile(join(folder, 'said'), JSON.stringify({ jobs }))
  const next = (job: string) => writeFile(join(folder, 'job'), JSON.stringify({ job }))
  const told = async (name: string) => JSON.parse(await readFile(join(folder, name), 'utf8'))
  const open = () => openLauncher(spec, { folder: join(folder, 'work'), cwd: folder, prefix: 's-' })
  await say([])
  return { open, say, next, told }
}

test('jobs are known by their names also to a launcher that lists none, and asked for until they have ended', async ({
  onTestFinished,
}) => {
  const { open, say, next, told } = await launcherOf(onTestFinished)
  const first = await open()
  await next('7')
  expect(await first.submit(job('s-1'))).toBe('7')
  expect(await told('submitted')).toMatchObject({
    key: 's-1',
    prefix: 's-',
    resources: null,
    argv: expect.arrayContaining(['{session}', '{run}']),
  })
  await next('8')
  await first.submit(job('s-2'))
  // A harness that was killed knows them from its disk.
  const launcher = await open()
  await say([{ key: 's-1', job: '7', state: 'running', node: 'n1' }])
  const listed = await launcher.list('s-')
  expect(await told('polled')).toEqual({
    prefix: 's-',
    jobs: [
      { key: 's-1', job: '7' },
      { key: 's-2', job: '8' },
    ],
  })
  expect(listed.get('s-1')).toEqual({ job: '7', state: { state: 'running', node: 'n1' } })
  expect(listed.get('s-2')).toMatchObject({ job: '8', state: { state: 'waiting' } })
  await say([{ key: 's-1', job: 7, state: 'ended' }])
  expect((await launcher.list('s-')).get('s-1')?.state).toEqual({ state: 'ended' })
  await say([])
  expect((await launcher.list('s-')).get('s-1')?.state).toEqual({ state: 'ended' })
  expect((await told('polled')).jobs).toEqual([{ key: 's-2', job: '8' }])
  await launcher.remove('7', 's-1')
  await say([{ key: 's-1', job: '7', state: 'ended' }])
  expect([...(await launcher.list('s-')).keys()]).toEqual(['s-2'])
})

test('a job that was submitted and not recorded is found by its key; of two with a key one counts', async ({
  onTestFinished,
}) => {
  const { open, say } = await launcherOf(onTestFinished)
  const launcher = await open()
  await say([
    { key: 's-1', job: '3', state: 'running' },
    { key: 's-1', job: '4', state: 'failed', cause: 'preempted', reason: 'spot' },
    { key: 'other-1', job: '5', state: 'running' },
  ])
  const listed = await launcher.list('s-')
  expect([...listed]).toEqual([['s-1', { job: '3', state: { state: 'running', node: null } }]])
})

test('a state that is not known, or a job that is left out, is no end until ten minutes have passed', async ({
  onTestFinished,
}) => {
  const { open, say } = await launcherOf(onTestFinished)
  const launcher = await open()
  await say(['s-1', 's-2'].map(key => ({ key, job: key, state: 'running' })))
  await launcher.list('s-')
  await say([{ key: 's-1', job: 's-1', state: 'unknown', reason: 'PAUSED' }])
  const now = performance.now()
  const states = async () => [...(await launcher.list('s-')).values()].map(({ state }) => state)
  expect(await states()).toEqual([
    { state: 'running', node: null },
    { state: 'running', node: null },
  ])
  const clock = vi.spyOn(performance, 'now').mockReturnValue(now + 700_000)
  onTestFinished(() => clock.mockRestore())
  expect(await states()).toEqual([
    { state: 'failed', cause: 'unreachable', detail: 'its state was not known for 10 minutes: PAUSED' },
    { state: 'failed', cause: 'unreachable', detail: 'engine.poll did not name it for 10 minutes' },
  ])
})
