import { chmod, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { formatKeys } from '../../helpers/keys.ts'
import { git, scratch, write } from '../../helpers/throwaway.ts'
import { addSession, bareRepository, branchesOf, idsOn, notebook, pushedBy } from './notebooks.ts'

const [one, two, three] = ['2026-11-20-cpu-abcd-one', '2026-11-21-cpu-abcd-two', '2026-11-22-cpu-abcd-three']
const branch = 'sessions/cpu-abcd'

test('a notebook pushes its own ended sessions, cleaned, and no journal, log or post', async () => {
  const remote = await bareRepository()
  const own = await notebook(remote)
  await addSession(own.root, one)
  await write(join(own.root, one), {
    'report.md': 'by /home/ada/nightshift\n',
    'journal.jsonl': '{}\n',
    'posts.json': '{}',
    'runs/0001/1/run.log': 'step 1\n',
    'source/train "quoted".py': 'DEPTH = 4\n',
  })
  await addSession(own.root, 'running', { stop: null })
  await addSession(own.root, 'collected', { source: { kind: 'session', from: '/elsewhere' } })
  const { pushed, failures } = await own.sync()
  expect(failures).toEqual([])
  expect(pushed).toEqual({
    branch,
    sessions: [{ id: one, what: 'new' }],
    commit: await git(remote, 'rev-parse', branch),
  })
  const files = await git(remote, 'ls-tree', '-r', '-z', '--name-only', branch)
  expect(files.split('\0').filter(path => path !== '')).toEqual([
    'notebook.json',
    ...['experiments.jsonl', 'report.md', 'runs/0001/change.patch', 'session.json', 'source/train "quoted".py'].map(
      path => `sessions/${one}/${path}`,
    ),
  ])
  expect(await git(remote, 'show', `${branch}:sessions/${one}/report.md`)).toBe('by /home/[user]/nightshift')
  expect(JSON.parse(await git(remote, 'show', `${branch}:notebook.json`))).toMatchObject({
    schema: 1,
    machine: 'cpu-abcd',
  })
  expect(await git(remote, 'log', '--format=%an <%ae> %s', branch)).toBe(
    `Nightshift <nightshift@localhost> Share ${one}`,
  )

  // Logs come along when they are asked for, and stay when the session changes.
  expect(pushedBy(await own.sync({ 'with-logs': true }))).toEqual({ [one]: 'changed' })
  await write(join(own.root, one), { 'report.md': '# Again, and longer\n' })
  expect(pushedBy(await own.sync())).toEqual({ [one]: 'changed' })
  expect(await git(remote, 'show', `${branch}:sessions/${one}/runs/0001/1/run.log`)).toBe('step 1')
})

test('what has not changed is neither read nor committed again; each share is a commit on the last', async () => {
  const remote = await bareRepository()
  const own = await notebook(remote)
  await addSession(own.root, one)
  await own.sync()
  // Would be refused if it were read.
  await writeFile(join(own.root, one, 'runs/0001/change.patch'), formatKeys[0]?.text ?? '')
  expect(await own.sync()).toMatchObject({ pushed: { sessions: [] }, failures: [] })
  await addSession(own.root, two)
  await addSession(own.root, three)
  expect(pushedBy(await own.sync())).toEqual({ [two]: 'new', [three]: 'new' })
  expect(await git(remote, 'log', '--format=%B', branch)).toBe(
    `Share 2 sessions\n\nnew ${two}\nnew ${three}\n\nShare ${one}\n`,
  )
  // State that was lost is found on the branch.
  await rm(join(own.work, 'share', (await readdir(join(own.work, 'share')))[0] ?? ''), { recursive: true })
  await addSession(own.root, one)
  expect(await own.sync()).toMatchObject({ pushed: { branch, sessions: [] }, failures: [] })
})

test('--since and --tag choose what is pushed, and take nothing off the branch', async () => {
  const remote = await bareRepository()
  const own = await notebook(remote)
  await addSession(own.root, one, { endedAt: '2026-11-20T07:00:00Z', tag: 'a' })
  await addSession(own.root, two, { endedAt: '2026-11-21T07:00:00Z', tag: 'b' })
  await addSession(own.root, three, { endedAt: '2026-11-22T07:00:00Z', tag: 'c' })
  expect(pushedBy(await own.sync({ since: '2026-11-22' }))).toEqual({ [three]: 'new' })
  expect(pushedBy(await own.sync({ tag: 'a' }))).toEqual({ [one]: 'new' })
  expect(await idsOn(remote, branch)).toEqual([one, three])
})

test('a key in any session blocks the push, with its place, and the session can be left out', async () => {
  const remote = await bareRepository()
  const own = await notebook(remote)
  const key = formatKeys.find(({ kind }) => kind === 'GitHub classic')?.text ?? ''
  await addSession(own.root, one, { tag: 'good' })
  await addSession(own.root, two)
  await write(join(own.root, two), { 'runs/0001/change.patch': `+a\n+${key}\n` })
  const { failures } = await own.sync()
  expect(failures.map(({ message }) => message)).toEqual([
    `Nothing was sent: the branch would be made from files with 1 key:\n  ${two}/runs/0001/change.patch:2: ghp_…, 40 characters`,
  ])
  expect(failures[0]?.advice).toContain('Or leave the session out: --tag, --since.')
  expect(await branchesOf(remote)).toBe('')
  // No object of it is in our repository either.
  const share = join(own.work, 'share', (await readdir(join(own.work, 'share')))[0] ?? '', 'repository.git')
  const objects = await git(share, 'cat-file', '--batch-all-objects', '--batch-check=%(objecttype) %(objectname)')
  for (const [type, oid = ''] of objects.split('\n').map(line => line.split(' ')))
    if (type === 'blob') expect(await git(share, 'cat-file', 'blob', oid)).not.toContain(key)
  expect(pushedBy(await own.sync({ tag: 'good' }))).toEqual({ [one]: 'new' })
})

test('a session deleted here stays on the branch until it is withdrawn; a withdrawn one comes back by --restore', async () => {
  const remote = await bareRepository()
  const own = await notebook(remote)
  await addSession(own.root, one)
  await addSession(own.root, two)
  await own.sync()
  await rm(join(own.root, one), { recursive: true })
  expect(pushedBy(await own.sync())).toEqual({ [one]: 'deleted' })
  expect(await idsOn(remote, branch)).toEqual([one, two])
  expect(pushedBy(await own.sync({ withdraw: [one, two] }))).toEqual({ [one]: 'withdrawn', [two]: 'withdrawn' })
  expect(pushedBy(await own.sync())).toEqual({})
  expect(pushedBy(await own.sync({ restore: [two] }))).toEqual({ [two]: 'new' })
  expect(await idsOn(remote, branch)).toEqual([two])
  expect((await own.sync({ withdraw: ['nothing'] })).failures[0]?.message).toBe(
    'nothing is not on the branch of this notebook.',
  )
  await expect(own.sync({ restore: ['nothing'] })).rejects.toThrow(
    '--restore nothing: no such session was withdrawn, or brought from there.',
  )
})

test('a dry run says what would be pushed and writes nothing, here or there', async () => {
  const remote = await bareRepository()
  const own = await notebook(remote)
  await addSession(own.root, one)
  const { pushed } = await own.sync({ 'dry-run': true })
  expect(pushed).toEqual({ branch: null, sessions: [{ id: one, what: 'new' }], commit: null })
  expect(await branchesOf(remote)).toBe('')
  await expect(stat(own.work)).rejects.toThrow('ENOENT')
  await own.sync()
  await addSession(own.root, two)
  const before = await allFiles(own.work)
  expect((await own.sync({ 'dry-run': true })).pushed?.sessions).toEqual([{ id: two, what: 'new' }])
  expect(await allFiles(own.work)).toEqual(before)
  expect(await idsOn(remote, branch)).toEqual([one])
})

async function allFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  return Promise.all(files.map(async path => `${path} ${(await stat(path)).size}`))
}

test('commits are of the user and signed where their git signs, and a key that is missing is one error', async () => {
  const remote = await bareRepository()
  const own = await notebook(remote)
  const key = join(await scratch(), 'key')
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
  const settings = {
    'user.name': 'Ada',
    'user.email': 'ada@example.org',
    'commit.gpgSign': 'true',
    'gpg.format': 'ssh',
    'user.signingKey': key,
  }
  for (const [name, value] of Object.entries(settings)) await git(own.notebook, 'config', name, value)
  await addSession(own.root, one)
  expect((await own.sync()).failures).toEqual([])
  const { stdout: published } = await execa('cat', [`${key}.pub`])
  await writeFile(`${key}.allowed`, `ada@example.org ${published}\n`)
  const checked = ['-c', `gpg.ssh.allowedSignersFile=${key}.allowed`, 'log', '--format=%an %G? %GS', branch]
  expect(await git(remote, ...checked)).toBe('Ada G ada@example.org')

  await rm(key)
  await addSession(own.root, two)
  const { failures, pushed } = await own.sync()
  expect([pushed, failures[0]?.message]).toEqual([null, expect.stringMatching(/^git could not sign the commit: /)])
  expect(await idsOn(remote, branch)).toEqual([one])
  // The user's own repository has no ref, remote or object more.
  expect(await git(own.notebook, 'for-each-ref')).toBe('')
  expect(await git(own.notebook, 'remote')).toBe('')
  expect(await git(own.notebook, 'count-objects')).toBe('0 objects, 0 kilobytes')
})

test('a remote that refuses the branch is one error with its words, and nothing is lost', async () => {
  const remote = await bareRepository()
  const own = await notebook(remote)
  await addSession(own.root, one)
  await write(remote, { 'hooks/pre-receive': '#!/bin/sh\necho "sessions are frozen" >&2\nexit 1\n' })
  await chmod(join(remote, 'hooks/pre-receive'), 0o755)
  const { failures } = await own.sync()
  expect(failures).toHaveLength(1)
  expect(failures[0]?.message).toMatch(/^Could not push sessions\/cpu-abcd to .*: its rules refuse the branch/)
  await rm(join(remote, 'hooks/pre-receive'))
  expect(pushedBy(await own.sync())).toEqual({ [one]: 'new' })
})
