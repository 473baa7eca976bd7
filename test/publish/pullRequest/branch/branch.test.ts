import '../places.ts'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openRepository } from '../../../../scripts/lib/git/git.ts'
import { makeBranch } from '../../../../scripts/publish/pullRequest/branch/branch.ts'
import { finalProposal } from '../../../../scripts/publish/pullRequest/branch/changes.ts'
import { readOutgoing } from '../../../../scripts/publish/pullRequest/branch/outgoing.ts'
import { git } from '../../../helpers/throwaway.ts'
import { failureOf } from '../posting.ts'
import { addFile, commit, type Made, makeSession, targetRepository, userState } from '../sessions.ts'

const options = { keepPaths: false, withLogs: false }
/** Has the format of a key; nobody's. */
const key = ['ghp', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('_')

async function branchOf(made: Made, folder: string | null = null, given = options) {
  const repository = await openRepository(made.root)
  const proposal = await finalProposal(repository, made.session, made)
  return makeBranch(repository, made.session, proposal, given, folder)
}

const log = async (root: string, { base, tip }: { base: string; tip: string }) =>
  (await git(root, 'log', '--reverse', '--format=%s', `${base}..${tip}`)).split('\n')

test('the commits are those of the session, where their messages do nothing', async () => {
  const made = await makeSession(await targetRepository(onTestFinished))
  expect(await branchOf(made)).toMatchObject({ base: made.commits[0], tip: made.commits.at(-1) })
})

test('a message that would act on GitHub is written otherwise; trees, author and dates stay, each time the same', async () => {
  const kept = ['RATE 1 to 2', 'fixes #1 for @karpathy [skip ci]', 'DEPTH 1 to 2']
  const made = await makeSession(await targetRepository(onTestFinished), { kept })
  const before = await userState(made.root)
  const branch = await branchOf(made)
  expect(await log(made.root, branch)).toEqual(['RATE 1 to 2', 'fixes # 1 for @ karpathy [skip, ci]', 'DEPTH 1 to 2'])
  const about = (tip: string | undefined) => git(made.root, 'log', '-3', '--format=%T %an %ae %at %cn %ct', tip ?? '')
  expect(await about(branch.tip)).toBe(await about(made.commits.at(-1)))
  expect(await git(made.root, 'rev-parse', `${branch.tip}~2`)).toBe(made.commits[1])
  expect(await branchOf(made)).toEqual(branch)
  expect(await userState(made.root)).toEqual(before)
})

test('the folder of the session is one further commit with its records, without logs, names and strangers’ files', async () => {
  const made = await makeSession(await targetRepository(onTestFinished), { pruned: true })
  const { root, folder, id } = made
  await addFile(folder, 'report.md', 'Read from /home/ada/data.\n')
  await addFile(folder, 'runs/0001/1/run.log', 'a log\n')
  await addFile(folder, 'runs/0001/1/curve.csv', '1,1,2.5\n')
  await addFile(folder, 'runs/0001/proposal.jsonl', '{"text":"thinking"}\n')
  await addFile(folder, 'posts.json', '{}')
  await addFile(folder, 'journal.jsonl', '{}\n')
  await addFile(folder, '.git/config', '[core]\n')
  await addFile(folder, 'evil.sh', 'rm -rf /\n')
  await mkdir(join(folder, 'source'))
  await symlink('/etc/passwd', join(folder, 'source/train.py'))
  const before = await userState(root)
  const branch = await branchOf(made, folder)
  expect(await git(root, 'rev-parse', `${branch.tip}^`)).toBe(made.commits.at(-1))
  const tree = (tip: string) => git(root, 'ls-tree', '-r', '--name-only', tip, `sessions/${id}/`)
  const records = [
    'experiments.jsonl',
    'final.patch',
    'report.md',
    'results.tsv',
    'runs/0001/1/curve.csv',
    'runs/0001/change.patch',
    'runs/0002/change.patch',
    'session.json',
  ]
  expect((await tree(branch.tip)).split('\n')).toEqual(records.map(path => `sessions/${id}/${path}`))
  expect(await git(root, 'show', `${branch.tip}:sessions/${id}/report.md`)).toBe('Read from /home/[user]/data.')
  expect(branch.about).toContain(`A further commit adds the records of the search as sessions/${id}.`)
  expect(await branchOf(made, folder)).toEqual(branch)
  const withLogs = await branchOf(made, folder, { keepPaths: true, withLogs: true })
  expect(await tree(withLogs.tip)).toContain('runs/0001/1/run.log\n')
  expect(await git(root, 'show', `${withLogs.tip}:sessions/${id}/report.md`)).toBe('Read from /home/ada/data.')
  expect(await userState(root)).toEqual(before)
})

test('a key in the folder of the session blocks it, by file and line, without showing it', async () => {
  const made = await makeSession(await targetRepository(onTestFinished))
  await addFile(made.folder, 'report.md', `one\nthe token is ${key}\n`)
  const { message, advice } = await failureOf(branchOf(made, made.folder))
  expect(message).toContain(`${made.id}/report.md:2: ghp_…`)
  expect(message + advice).not.toContain(key.slice(4, 12))
})

test('a key in a commit that would be sent blocks it, also in one from before the session', async () => {
  const root = await targetRepository(onTestFinished)
  const known = await git(root, 'rev-parse', 'HEAD')
  await writeFile(join(root, 'settings.py'), `A = 1\n\nTOKEN = '${key}'\n`)
  await git(root, 'add', 'settings.py')
  await git(root, 'commit', '-qm', `my settings\n\nwith ${key}`)
  await git(root, 'rm', '-q', 'settings.py')
  await git(root, 'commit', '-qm', 'without them')
  const said = await git(root, 'rev-parse', '--short', 'HEAD~1')
  await writeFile(join(root, `${key}.txt`), 'named like a key\n')
  await git(root, 'add', '.')
  await git(root, 'commit', '-qm', 'a name')
  const made = await makeSession(root)
  const repository = await openRepository(root)
  const branch = await branchOf(made)
  await git(root, 'config', 'diff.noprefix', 'true')
  const { message } = await failureOf(readOutgoing(repository, branch, [known]))
  expect(message).toBe(
    [
      'Nothing was sent: the commits of the branch have 3 keys:',
      '  settings.py:3: ghp_…, 40 characters',
      '  the name of [key].txt: ghp_…, 40 characters',
      `  message of ${said}:3: ghp_…, 40 characters`,
    ].join('\n'),
  )
  // Where the remote has it already, nothing of it is sent.
  expect(await readOutgoing(repository, branch, [made.commits[0] ?? '', 'f'.repeat(40)])).toMatchObject({ before: [] })
})

test('a session id that is no name of a folder is refused', async () => {
  const made = await makeSession(await targetRepository(onTestFinished))
  const hostile = { ...made, session: { ...made.session, id: '../../.github/workflows' } }
  expect((await failureOf(branchOf(hostile, made.folder))).message).toContain('is not a valid session id')
})

test('commits from before the session that the remote lacks are named', async () => {
  const root = await targetRepository(onTestFinished)
  const known = await git(root, 'rev-parse', 'HEAD')
  await git(root, 'commit', '-q', '--allow-empty', '-m', 'private notes')
  const made = await makeSession(root)
  const found = await readOutgoing(await openRepository(root), await branchOf(made), [known])
  expect(found.before).toEqual([`${made.commits[0]?.slice(0, 7)} private notes`])
  expect(found.own.map(line => line.replace(/^\w+ /, ''))).toEqual(['RATE 1 to 2', 'WIDTH 1 to 2'])
  expect(found.commits).toEqual(made.commits.slice(1))
})

test('what a branch holds is said by the records: other commits are not called kept', async () => {
  const made = await makeSession(await targetRepository(onTestFinished))
  const { root, commits, session, experiments } = made
  const repository = await openRepository(root)
  const began = `${commits[0]?.slice(0, 7)}, where the search began`
  const about = async (over: object) =>
    (await finalProposal(repository, { ...session, ...over }, { session: { ...session, ...over }, experiments })).about
  expect(await about({})).toBe(`This branch holds, after ${began}, the 2 changes that it kept.`)
  const tree = await git(root, 'rev-parse', `${commits[1]}^{tree}`)
  const between = await commit(root, tree, commits[1] ?? '', 'results')
  const later = await commit(root, tree, between, 'more')
  const [first, second] = experiments
  const moved = [first, second].flatMap(e => (e ? [e] : []))
  const last = { ...moved[1], number: 2, commit: later } as (typeof experiments)[number]
  const found = await finalProposal(repository, session, { session, experiments: [...moved, last] })
  expect(found.about).toBe(`This branch holds, after ${began}, the 2 changes that it kept and 1 other commit.`)
})
