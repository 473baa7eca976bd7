/** `pnpm sync` as a process that is killed. */
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
