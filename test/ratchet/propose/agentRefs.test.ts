import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readSession } from '../../../scripts/record/files/paths.ts'
import { inShell, player, program, set, shellTrainer } from '../../helpers/target.ts'
import { git, nightshift, repository, sessionsOf, write } from '../../helpers/throwaway.ts'

const who = '-c user.name=A -c user.email=a@example.org'

/** Everything in the user's repository that an agent's git commands could add, without the session's own refs. */
async function kept(root: string) {
  const refs = await git(root, 'for-each-ref', '--format=%(refname) %(objectname)')
  return {
    refs: refs.split('\n').filter(ref => !ref.includes('autoresearch/')),
    stash: await git(root, 'stash', 'list'),
    worktrees: await git(root, 'worktree', 'list'),
    config: await readFile(join(root, '.git/config'), 'utf8'),
    head: await git(root, 'symbolic-ref', 'HEAD'),
  }
}

async function target(steps: (root: string) => string[]): Promise<string> {
  const root = await repository({ 'train.js': shellTrainer, 'frozen.txt': 'as it is\n' })
  await write(join(root, '..'), { 'agent.sh': player(steps(root)) })
  await write(root, { 'program.md': inShell(program(join(root, '../agent.sh'))) })
  await git(root, 'branch', 'keep-me')
  await git(root, 'tag', 'v1')
  return root
}

async function run(root: string, experiments: number) {
  const args = ['--program', 'program.md', '--tag', 'try', '--seeds', '1', '--experiments', String(experiments)]
  const result = await nightshift(root, 'session', args)
  expect(result.exitCode, result.stderr).toBe(0)
  const [id = ''] = await readdir(sessionsOf(root))
  return readSession(join(sessionsOf(root), id))
}

const said = (root: string, name: string) => readFile(join(root, '..', name), 'utf8')

test("an agent's branches, tags, stashes and worktrees do not stay in the user's repository", {
  timeout: 60_000,
}, async () => {
  const root = await target(() => [
    [
      'git log -1 --format=%s keep-me > ../../../seen',
      'git status --porcelain >> ../../../seen',
      'git checkout -q -b mine',
      set('RATE', '0.04'),
      'git add -A && git commit -qm "mine"',
      'git tag mine-tag && git tag -f v1 && git branch -f main HEAD && git branch -D keep-me',
      'echo "# later" >> train.js && git stash -q && git stash list >> ../../../seen',
      'git worktree add -q ../theirs && git remote add theirs /nowhere && git config user.name Theirs',
    ].join(' && '),
    `git branch --list mine > ../../../again; git stash list >> ../../../again; ${set('RATE', '0.08')}`,
  ])
  const before = await kept(root)
  const { experiments } = await run(root, 2)
  // The commands did what they say, in the agent's own repository, and the committed edit is the proposal.
  expect(await said(root, 'seen')).toMatch(/^the target\nstash@\{0\}: WIP on mine: \w+ mine\n$/)
  expect(experiments.map(e => [e.status, e.linesAdded])).toEqual([
    ['keep', 0],
    ['keep', 1],
    ['keep', 1],
  ])
  expect(await kept(root)).toEqual(before)
  // The next turn begins without them.
  expect(await said(root, 'again')).toBe('')
})

test('what the user commits, tags and stashes during a proposal stays', { timeout: 60_000 }, async () => {
  const root = await target(root => [
    [
      `cd ${root}`,
      'git checkout -q -b theirs',
      'echo "a note" > notes.txt && git add notes.txt',
      `git ${who} commit -qm "work of the user" && git tag by-hand`,
      'echo more >> frozen.txt',
      `git ${who} stash -q && git worktree add -q ../second`,
      'cd - > /dev/null',
      'git tag of-the-agent',
      set('RATE', '0.04'),
    ].join(' && '),
  ])
  const { session, experiments } = await run(root, 1)
  expect(experiments[1]).toMatchObject({ status: 'keep', description: 'RATE to 0.04' })
  const { refs, stash, worktrees, head } = await kept(root)
  expect(refs.map(ref => ref.split(' ')[0])).toEqual([
    'refs/heads/keep-me',
    'refs/heads/main',
    'refs/heads/second',
    'refs/heads/theirs',
    'refs/stash',
    'refs/tags/by-hand',
    'refs/tags/v1',
  ])
  expect(stash).toContain('WIP on theirs')
  expect(worktrees.split('\n')).toHaveLength(2)
  expect(head).toBe('refs/heads/theirs')
  expect(session.baseCommit).toBe(await git(root, 'rev-parse', 'main'))
})

test('an agent that removes its repository does not commit to the one around the worktree', {
  timeout: 60_000,
}, async () => {
  const root = await target(() => [`rm -rf .git; git add -A; git commit -qm mine; ${set('RATE', '0.04')}`])
  const around = join(root, '..')
  await git(around, 'init', '-q', '-b', 'main')
  await git(around, 'config', 'user.name', 'A')
  await git(around, 'config', 'user.email', 'a@example.org')
  const { experiments } = await run(root, 1)
  expect(experiments[1]).toMatchObject({ status: 'keep', description: 'RATE to 0.04' })
  expect(await git(around, 'for-each-ref')).toBe('')
  expect(await git(around, 'ls-files')).toBe('')
})
