import { cp } from 'node:fs/promises'
import os from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { candidates } from '../../../scripts/share/sync/branch.ts'
import { git, scratch } from '../../helpers/throwaway.ts'
import { addSession, bareRepository, branchesOf, idsOn, notebook, pushedBy } from './notebooks.ts'

const [one, two, three] = ['2026-11-20-cpu-abcd-one', '2026-11-21-cpu-abcd-two', '2026-11-22-cpu-abcd-three']

test('further notebooks on a machine have the names of their users, then numbers', () => {
  expect([...candidates('h200-abcd', 'Ada.Lovelace@lab')].slice(0, 4)).toEqual([
    'h200-abcd',
    'h200-abcd-ada-lovelace-lab',
    'h200-abcd-ada-lovelace-lab-2',
    'h200-abcd-ada-lovelace-lab-3',
  ])
  expect([...candidates('h200-abcd', '李')].slice(0, 2)).toEqual(['h200-abcd', 'h200-abcd-2'])
})

test('a second notebook of the same label gets a branch of its own, without a question, and keeps it', async () => {
  const remote = await bareRepository()
  const [first, second] = [await notebook(remote), await notebook(remote)]
  await addSession(first.root, one)
  await addSession(second.root, two)
  await first.sync({ push: true })
  const name = [...candidates('cpu-abcd', os.userInfo().username)][1]
  expect((await second.sync({ push: true })).pushed?.branch).toBe(`sessions/${name}`)
  await addSession(second.root, three)
  expect((await second.sync({ push: true })).pushed?.branch).toBe(`sessions/${name}`)
  expect(await idsOn(remote, 'sessions/cpu-abcd')).toEqual([one])
})

test('another writer of the branch is one error, and --name the way out', async () => {
  const remote = await bareRepository()
  const first = await notebook(remote)
  await addSession(first.root, one)
  await first.sync({ push: true })
  // A copy of the whole notebook, as of a virtual machine.
  const twin = await notebook(remote)
  await cp(first.work, twin.work, { recursive: true })
  await addSession(twin.root, two)
  await twin.sync({ push: true })
  await addSession(first.root, three)
  const { failures, pushed } = await first.sync({ push: true })
  expect(pushed).toBeNull()
  expect(failures.map(({ message }) => message)).toEqual([
    expect.stringMatching(
      /^The branch sessions\/cpu-abcd of .* has commits that this notebook did not make; its newest is of Nightshift, \d{4}-/,
    ),
  ])
  expect(failures[0]?.advice).toContain('`npx pnpm sync --name NAME`')
  expect(pushedBy(await first.sync({ push: true, name: 'mine' }))).toEqual({ [one]: 'new', [three]: 'new' })
  const idOf = async (branch: string) => JSON.parse(await git(remote, 'show', `${branch}:notebook.json`)).notebook
  expect(await idOf('sessions/mine')).not.toBe(await idOf('sessions/cpu-abcd'))
  // What the other branch holds of this notebook is not listed as refused; what its writer ran is brought.
  const { pulled } = await first.sync({ pull: true })
  expect(pulled?.sessions).toEqual([{ id: two, branch: 'sessions/cpu-abcd', what: 'new', why: null }])
  // From now on without the flag.
  expect((await first.sync({ push: true })).pushed?.branch).toBe('sessions/mine')
  const taken = await twin.sync({ push: true, name: 'mine' })
  expect(taken.failures[0]?.message).toMatch(
    /^The branch sessions\/mine of .* has commits that this notebook did not make/,
  )
})

test('a remote that lost the branch, or its last commits, gets them back', async () => {
  const remote = await bareRepository()
  const own = await notebook(remote)
  await addSession(own.root, one)
  await own.sync({ push: true })
  await addSession(own.root, two)
  await own.sync({ push: true })
  await git(remote, 'update-ref', 'refs/heads/sessions/cpu-abcd', 'sessions/cpu-abcd~1')
  expect(pushedBy(await own.sync({ push: true }))).toEqual({ [two]: 'new' })
  await git(remote, 'update-ref', '-d', 'refs/heads/sessions/cpu-abcd')
  expect(await branchesOf(remote)).toBe('')
  expect(pushedBy(await own.sync({ push: true }))).toEqual({ [one]: 'new', [two]: 'new' })
  expect(await git(remote, 'log', '--format=%s', 'sessions/cpu-abcd')).toBe(`Share ${two}\nShare ${one}`)
})

test('a branch of another form, or rewritten by force, is not overwritten', async () => {
  const remote = await bareRepository()
  const own = await notebook(remote)
  await addSession(own.root, one)
  await own.sync({ push: true })
  const other = join(await scratch(), 'clone')
  await git('/', 'clone', '-q', '-b', 'sessions/cpu-abcd', remote, other)
  const person = ['-c', 'user.name=Eve', '-c', 'user.email=eve@example.org']
  await git(other, ...person, 'commit', '-q', '--amend', '-m', 'rewritten')
  await git(other, 'push', '-q', '--force', 'origin', 'HEAD')
  await addSession(own.root, two)
  const { failures } = await own.sync({ push: true })
  expect(failures[0]?.message).toContain('its newest is of Eve')
  expect(await git(remote, 'log', '-1', '--format=%s', 'sessions/cpu-abcd')).toBe('rewritten')
})
