import '../places.ts'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readPushes } from '../../../../scripts/publish/pullRequest/remote/pushes.ts'
import { placeOf } from '../../../../scripts/share/remote/remote.ts'
import { git } from '../../../helpers/throwaway.ts'
import { failureOf, post } from '../posting.ts'
import { commit, userState } from '../sessions.ts'
import { type Place, setUp } from '../setUp.ts'

const branch = 'exp/cpu-abcd/try'

/** Moves the branch on the remote, as another person would. */
async function moveBranch({ root, lab }: Place, to: string): Promise<void> {
  await git(root, 'push', '-q', '--force', lab.path, `${to}:refs/heads/${branch}`)
}

/** Makes a repository's hook refuse each push with these words. */
async function refuse({ lab }: Place, words: string): Promise<void> {
  const path = join(lab.path, 'hooks/pre-receive')
  await writeFile(path, `#!/bin/sh\necho '${words}' >&2\nexit 1\n`)
  await chmod(path, 0o755)
}

test('the branch follows the session, also back to commits that it was rebuilt from', async () => {
  const place = await setUp()
  const { github, lab, id, folder, session, commits } = place
  await post(github, id)
  // Prune, decided later, ends the branch at another commit; with its records one further on.
  const { plan } = await post(github, id, { flags: { 'with-session': true } })
  const withRecords = github.commitOf(lab, branch)
  expect(await git(lab.path, 'rev-parse', `${withRecords}^`)).toBe(commits.at(-1))
  expect(plan?.steps[0]).toContain(`Move the branch ${branch} of the remote origin`)
  await post(github, id)
  expect(github.commitOf(lab, branch)).toBe(commits.at(-1))
  expect((await readPushes(folder)).map(push => push.commit)).toEqual([withRecords, commits.at(-1)])
  expect(session.id).toBe(id)
})

test('a branch that somebody else wrote or went on with is left as it is', async () => {
  const place = await setUp()
  const { github, root, lab, id, folder, commits } = place
  const tree = await git(root, 'rev-parse', 'HEAD^{tree}')
  const other = await commit(root, tree, commits[0] ?? '', 'mine')
  await moveBranch(place, other)
  const { message } = await failureOf(post(github, id))
  expect(message).toBe(
    `${branch} is on the remote already, at ${other.slice(0, 7)}, which this notebook did not push: somebody else wrote it.`,
  )
  expect(github.commitOf(lab, branch)).toBe(other)
  expect(github.pulls).toEqual([])
  const further = await commit(root, tree, commits.at(-1) ?? '', 'a reviewer mends it')
  await moveBranch(place, further)
  expect((await failureOf(post(github, id))).message).toContain(further.slice(0, 7))
  // What was recorded by a push whose answer was lost is ours.
  const push = { address: 'x', branch, commit: further, at: '2026-11-28T06:00:00.000Z' }
  await writeFile(join(folder, 'pushes.json'), JSON.stringify({ schema: 1, pushes: [push] }))
  await post(github, id)
  expect(github.commitOf(lab, branch)).toBe(commits.at(-1))
})

test('a branch that is moved between looking and pushing is not overwritten', async () => {
  const place = await setUp()
  const { github, root, lab, id, commits } = place
  const other = await commit(root, await git(root, 'rev-parse', 'HEAD^{tree}'), commits[0] ?? '', 'mine')
  const posting = post(github, id, { onApprove: () => moveBranch(place, other) })
  const { message, advice } = await failureOf(posting)
  expect(message).toBe(`${branch} was moved on the remote meanwhile, to ${other.slice(0, 7)}. It was left as it is.`)
  expect(advice).toContain('Nothing was sent before.')
  expect(github.commitOf(lab, branch)).toBe(other)
})

test('rules of the remote, a wrong password and a missing repository are one error each', async () => {
  const place = await setUp()
  const { github, root, lab, id } = place
  await refuse(place, 'GH013: Repository rule violations found for refs/heads/exp')
  const rules = await failureOf(post(github, id))
  expect(rules.message).toMatch(
    /^Could not push exp\/cpu-abcd\/try to origin \(.*\): its rules refuse the branch\. git: .*GH013/,
  )
  expect(github.pulls).toEqual([])
  github.login = { user: 'me', password: 'not-to-be-seen-1234' }
  const before = await userState(root)
  const password = await failureOf(post(github, id))
  expect(password.message).toContain('it does not let you in')
  expect(password.advice).toContain('gh auth setup-git')
  expect(await userState(root)).toEqual(before)
  github.login = null
  github.repositories.push({ ...lab, name: 'gone' })
  await git(root, 'remote', 'set-url', 'origin', `${github.address}/my-lab/gone.git`)
  expect((await failureOf(post(github, id))).message).toContain('there is no such repository')
})

test('credentials come from the address or a helper of the user, and are never shown or recorded', async () => {
  const { github, root, lab, id, folder } = await setUp()
  github.login = { user: 'me', password: 'not-to-be-seen-1234' }
  const remote = github.remoteOf(lab)
  await git(root, 'remote', 'set-url', 'origin', remote.replace('//', '//me:not-to-be-seen-1234@'))
  const { plan, outcome } = await post(github, id)
  expect(outcome.sent).toBe(true)
  const wrong = remote.replace('//', '//me:also-not-to-be-seen@')
  await git(root, 'remote', 'add', 'wrong', wrong)
  const { message, advice } = await failureOf(post(github, id, { flags: { remote: 'wrong' } }))
  const listed = await failureOf(post(github, id, { flags: { remote: 'nothing' } }))
  const shown =
    JSON.stringify([plan, outcome, message, advice, listed]) + (await readFile(join(folder, 'pushes.json'), 'utf8'))
  expect(shown).toContain(remote)
  expect(shown).not.toContain('to-be-seen')
  await git(root, 'remote', 'set-url', 'origin', remote)
  const helper = '!f() { echo username=me; echo password=not-to-be-seen-1234; }; f'
  await git(root, 'config', 'credential.helper', helper)
  expect((await post(github, id)).outcome.done[0]?.[0]).toBe('unchanged')
})

test('only a name of a remote is one: no option, address or command', async () => {
  const { github, root, id } = await setUp()
  const config = join(root, '.git/config')
  await writeFile(config, `${await readFile(config, 'utf8')}[remote "--all"]\n\turl = https://example.org/x/y\n`)
  const before = await userState(root)
  for (const remote of [
    '--upload-pack=touch here',
    '--all',
    'https://example.org/a/b',
    'origin\nother',
    '../x',
    'ext::sh -c id',
  ]) {
    const { message, advice } = await failureOf(post(github, id, { flags: { remote } }))
    expect(message, remote).toMatch(/^The repository has no remote /)
    expect(advice, remote).toContain('origin')
  }
  expect(await userState(root)).toEqual(before)
})

test('without a remote the first time it is asked for, or is an error that lists them', async () => {
  const { github, id } = await setUp()
  const { message, advice } = await failureOf(post(github, id, { flags: { remote: undefined } }))
  expect(message).toBe('No remote was given for the branch of the pull request.')
  expect(advice).toContain(`  origin  ${github.address}/my-lab/nanochat.git`)
  const asked: unknown[] = []
  const ask = async (_: string, choices?: string[]) => {
    asked.push(choices)
    return 'origin'
  }
  expect((await post(github, id, { flags: { remote: undefined }, ask })).outcome.sent).toBe(true)
  expect(asked).toEqual([['origin']])
})

test('settings that would push other refs, sign or run hooks have no effect', async () => {
  const { github, root, lab, id } = await setUp()
  await git(root, 'tag', '-a', 'v1', '-m', 'mine')
  await git(root, 'branch', 'private')
  for (const [key, value] of [
    ['push.followTags', 'true'],
    ['push.gpgSign', 'if-asked'],
    ['remote.origin.push', 'refs/heads/private:refs/heads/private'],
    ['remote.origin.mirror', 'true'],
    ['push.recurseSubmodules', 'on-demand'],
  ] as const)
    await git(root, 'config', key, value)
  await writeFile(join(root, '.git/hooks/pre-push'), '#!/bin/sh\ntouch hook-ran\nexit 1\n')
  await chmod(join(root, '.git/hooks/pre-push'), 0o755)
  const before = await userState(root)
  await post(github, id)
  expect(await userState(root)).toEqual(before)
  expect((await git(lab.path, 'for-each-ref', '--format=%(refname)')).split('\n')).toEqual([
    `refs/heads/${branch}`,
    'refs/heads/main',
  ])
})

test('a remote on another host, or without one, is refused before anything is sent', async () => {
  const { github, root, lab, id } = await setUp()
  await git(root, 'remote', 'add', 'gitlab', 'https://gitlab.com/my-lab/nanochat.git')
  await git(root, 'remote', 'add', 'disk', lab.path)
  const elsewhere = await failureOf(post(github, id, { flags: { remote: 'gitlab' } }))
  expect(elsewhere.message).toMatch(
    /^The remote gitlab \(https:\/\/gitlab.com\/my-lab\/nanochat.git\) is not on 127\.0\.0\.1/,
  )
  const disk = await failureOf(post(github, id, { flags: { remote: 'disk' } }))
  expect(disk.message).toContain('is no repository of GitHub')
})

test.each([
  ['https://github.com/a-b/c.d.git', 'github.com', 'a-b/c.d'],
  ['https://user:word@GitHub.com/a/b/', 'github.com', 'a/b'],
  ['git@github.com:a/b.git', 'github.com', 'a/b'],
  ['work:a/b', 'work', 'a/b'],
  ['ssh://git@ssh.github.com:443/a/b.git', 'ssh.github.com', 'a/b'],
  ['/srv/git/b.git', null, null],
  ['C:/git/b', null, null],
  ['../b.git', null, null],
  ['https://gitlab.com/group/sub/b.git', null, null],
])('the address %s', (address, host, name) => {
  const place = placeOf(address)
  expect(place && [place.host, `${place.repository.owner}/${place.repository.name}`]).toEqual(host && [host, name])
})
