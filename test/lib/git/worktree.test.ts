import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { gitIn, patchBetween } from '../../../scripts/lib/git/git.ts'
import { addWorktree, resetWorktree, writeTree } from '../../../scripts/lib/git/worktree.ts'
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
