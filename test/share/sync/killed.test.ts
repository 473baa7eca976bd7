/** `pnpm sync` as processes: killed at any instant, and several at once. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { git, nightshift, scratch, sessionsOf, write } from '../../helpers/throwaway.ts'
import { addSession, bareRepository, idsOn } from './notebooks.ts'

const [one, two] = ['2026-11-20-cpu-abcd-one', '2026-11-21-cpu-abcd-two']

/** A notebook as the command has it: beside a folder that it is typed in. */
async function place(label: string): Promise<string> {
  const root = join(await scratch(), 'repo')
  await mkdir(root)
  await write(join(root, '..'), { 'work/machine': `${label}\n` })
  return root
}

test.each(['tree built', 'committed', 'branch moved', 'pushed', 'push recorded'])(
  'killed when the sync has its %s, the next one completes it and pushes each session once',
  async point => {
    const remote = await bareRepository()
    const root = await place('cpu-abcd')
    await addSession(sessionsOf(root), one)
    const killed = await nightshift(root, 'sync', [remote, '--push'], { NIGHTSHIFT_FAILPOINT: `sync ${point}` })
    expect(killed.signal).toBe('SIGKILL')
    await addSession(sessionsOf(root), two)
    const { exitCode, stderr } = await nightshift(root, 'sync', [remote, '--push'])
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('to sessions/cpu-abcd at ')])
    expect(await idsOn(remote, 'sessions/cpu-abcd')).toEqual([one, two])
    expect(Number(await git(remote, 'rev-list', '--count', 'sessions/cpu-abcd'))).toBeLessThanOrEqual(2)
    const again = await nightshift(root, 'sync', ['--push'])
    expect(again.stderr).toBe(`push      nothing new for sessions/cpu-abcd at ${remote}`)
  },
)

test('several machines that push at once over one bare repository, two of one label among them, lose nothing', async () => {
  const remote = await bareRepository()
  const roots = await Promise.all(['a', 'b', 'c', 'd', 'e', 'e'].map(name => place(`cpu-${name}`)))
  const ids = roots.map((_, i) => `2026-11-2${i}-cpu-abcd-x`)
  await Promise.all(roots.map((root, i) => addSession(sessionsOf(root), ids[i] ?? '')))
  const syncs = await Promise.all(roots.map(root => nightshift(root, 'sync', [remote, '--push', '--json'])))
  expect(syncs.map(({ exitCode, stderr }) => [exitCode, stderr]).filter(([code]) => code !== 0)).toEqual([])
  const branches = syncs.map(({ stdout }) => JSON.parse(stdout).pushed.branch)
  expect(new Set(branches).size).toBe(6)
  expect(await Promise.all(branches.map(branch => idsOn(remote, branch)))).toEqual(ids.map(id => [id]))
  await git(remote, 'fsck', '--strict', '--no-dangling')
})
