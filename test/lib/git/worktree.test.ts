import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { agentMark } from '../../../scripts/lib/git/agentRepository.ts'
import { gitIn, patchBetween } from '../../../scripts/lib/git/git.ts'
import {
  addAgentWorktree,
  addWorktree,
  removeWorktree,
  resetWorktree,
  writeTree,
} from '../../../scripts/lib/git/worktree.ts'
import { readProposalTree } from '../../../scripts/ratchet/propose/proposalTree.ts'
import { git, repository } from '../../helpers/throwaway.ts'

async function worktree() {
  const root = await repository({ 'a.txt': 'a\n', '.gitignore': 'work/\n' })
  const path = join(root, 'work/one')
  await mkdir(join(root, 'work'))
  return { root, path, ours: await addWorktree(gitIn(root), path, 'HEAD') }
}

// What a program of an agent may do to the .git file of its worktree.
test.each([
  ['removed', async (path: string) => rm(join(path, '.git'))],
  [
    'pointed at the checkout',
    async (path: string) => writeFile(join(path, '.git'), `gitdir: ${join(path, '../../.git')}\n`),
  ],
  ['a new repository', async (path: string) => rm(join(path, '.git')).then(() => git(path, 'init', '-q'))],
])('a worktree whose .git is %s can be read and reset, and the checkout around it does not change', async (_, harm) => {
  const { root, path, ours } = await worktree()
  const before = async () => [await git(root, 'symbolic-ref', 'HEAD'), await git(root, 'status', '--porcelain')]
  await writeFile(join(root, 'a.txt'), 'an edit of the user\n')
  const was = await before()
  await harm(path)
  await writeFile(join(path, 'a.txt'), 'b\n')
  const tree = await writeTree(ours)
  expect(await git(root, 'show', `${tree}:a.txt`)).toBe('b')
  await resetWorktree(ours, 'HEAD')
  expect(await readFile(join(path, 'a.txt'), 'utf8')).toBe('a\n')
  expect(await git(path, 'status', '--porcelain')).toBe('')
  expect(await before()).toEqual(was)
  expect(await readFile(join(root, 'a.txt'), 'utf8')).toBe('an edit of the user\n')
})

test('a patch longer than the limit gives null', async () => {
  const { root, path, ours } = await worktree()
  await writeFile(join(path, 'a.txt'), 'long\n'.repeat(1000))
  const tree = await writeTree(ours)
  expect(await patchBetween(root, 'HEAD^{tree}', tree, 4000)).toBeNull()
  expect(await patchBetween(root, 'HEAD^{tree}', tree, 10_000)).toMatch(/\+long\n$/)
})

// What a program of an agent may do to the repository of its own.
test.each([
  ['removed', async (path: string) => rm(join(path, '.git'), { recursive: true })],
  [
    'a new one',
    async (path: string) => rm(join(path, '.git'), { recursive: true }).then(() => git(path, 'init', '-q')),
  ],
  [
    'replaced, with the folder, by a link to the checkout',
    async (path: string, root: string) => rm(path, { recursive: true }).then(() => symlink(root, path)),
  ],
])("an agent's worktree whose repository is %s is made again, and the checkout does not change", async (_, harm) => {
  const root = await repository({ 'a.txt': 'a\n', '.gitignore': 'work/\n' })
  const path = join(root, 'work/one')
  await mkdir(join(root, 'work'))
  const ours = await addAgentWorktree(gitIn(root), path, 'HEAD')
  await writeFile(join(root, 'a.txt'), 'an edit of the user\n')
  await harm(path, root)
  await resetWorktree(ours, 'HEAD')
  expect(await readFile(join(path, 'a.txt'), 'utf8')).toBe('a\n')
  expect(await git(path, 'status', '--porcelain')).toBe('')
  await git(path, 'branch', 'mine')
  expect(await git(root, 'branch', '--list', 'mine')).toBe('')
  expect(await readFile(join(root, 'a.txt'), 'utf8')).toBe('an edit of the user\n')
  await removeWorktree(gitIn(root), path)
  expect((await git(root, 'worktree', 'list')).split('\n')).toHaveLength(1)
})

test('an agent reads the history of a shallow clone', async () => {
  const root = await repository({ 'a.txt': 'a\n' })
  await git(root, '-c', 'user.name=A', '-c', 'user.email=a@b', 'commit', '-qm', 'second', '--allow-empty')
  const clone = join(root, '../clone')
  await git(root, 'clone', '-q', '--depth', '1', `file://${root}`, clone)
  await addAgentWorktree(gitIn(clone), join(root, '../agent'), 'HEAD')
  expect(await git(join(root, '../agent'), 'log', '--format=%s')).toBe('second')
})

test("a worktree of the user's on a disk that is away is not forgotten", async () => {
  const { root, path } = await worktree()
  await git(root, 'worktree', 'add', '-q', '../away')
  await rename(join(root, '../away'), join(root, '../unmounted'))
  await addWorktree(gitIn(root), path, 'HEAD')
  await removeWorktree(gitIn(root), path)
  await rename(join(root, '../unmounted'), join(root, '../away'))
  expect(await git(join(root, '../away'), 'symbolic-ref', 'HEAD')).toBe('refs/heads/away')
})

test("a link to the checkout is no worktree of an agent's, even where the checkout has its mark", async () => {
  const root = await repository({ 'a.txt': 'a\n', '.gitignore': 'work/\n' })
  const path = join(root, 'work/one')
  await mkdir(join(root, 'work'))
  const ours = await addAgentWorktree(gitIn(root), path, 'HEAD')
  await writeFile(join(root, 'a.txt'), 'an edit of the user\n')
  await copyFile(join(path, agentMark), join(root, agentMark))
  await rename(path, join(root, 'work/moved'))
  await symlink(root, path)
  await resetWorktree(ours, 'HEAD')
  expect(await readFile(join(root, 'a.txt'), 'utf8')).toBe('an edit of the user\n')
  expect(await git(root, 'log', '--format=%s')).toBe('the target')
})

test('git runs no program that a repository of an agent names, also in the folder of a submodule', async () => {
  const root = await repository({ 'a.txt': 'a\n', '.gitignore': 'work/\n' })
  const path = join(root, 'work/one')
  const ran = join(root, 'work/ran')
  await mkdir(join(root, 'work'))
  const commit = await git(root, 'rev-parse', 'HEAD')
  await git(root, 'update-index', '--add', '--cacheinfo', `160000,${commit},lib`)
  await git(root, '-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '-qm', 'a submodule')
  const ours = await addAgentWorktree(gitIn(root), path, 'HEAD')
  for (const folder of ['lib', 'nested']) {
    const own = join(path, folder)
    await mkdir(own, { recursive: true })
    await writeFile(join(own, '.gitattributes'), '* filter=x\n')
    await writeFile(join(own, 'b.txt'), 'b\n')
    await git(own, 'init', '-q')
    await git(own, 'add', '-A')
    await git(own, '-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '-qm', 'theirs')
    await git(own, 'config', 'filter.x.clean', `touch ${ran}; cat`)
    await git(own, 'config', 'core.fsmonitor', `touch ${ran}; false`)
    // Of the same length, so that git has to read it.
    await writeFile(join(own, 'b.txt'), 'c\n')
  }
  await writeFile(join(path, 'a.txt'), 'b\n')
  await readProposalTree({ git: ours, path }, 'HEAD')
  // The second time `nested` is a submodule in the index.
  const read = await readProposalTree({ git: ours, path }, 'HEAD')
  const tree = read.kind === 'tree' ? read.tree : ''
  expect(await git(root, 'diff', '--name-only', 'HEAD', tree)).toBe('a.txt\nnested')
  expect(existsSync(ran)).toBe(false)
  await resetWorktree(ours, 'HEAD')
  expect(existsSync(ran)).toBe(false)
})
