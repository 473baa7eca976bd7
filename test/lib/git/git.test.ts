import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { gitIn, patchBetween } from '../../../scripts/lib/git/git.ts'
import { writeTree } from '../../../scripts/lib/git/worktree.ts'
import { git, repository } from '../../helpers/throwaway.ts'

test('a patch applies when its last line of context is blank', async () => {
  const root = await repository({ 'a.txt': 'one\ntwo\n   \n' })
  await writeFile(join(root, 'a.txt'), 'ONE\ntwo\n   \n')
  const tree = await writeTree(gitIn(root))
  const patch = join(root, '../change.patch')
  await writeFile(patch, await patchBetween(root, 'HEAD^{tree}', tree))
  await git(root, 'reset', '-q', '--hard')
  await git(root, 'apply', patch)
  expect(await git(root, 'diff', '--numstat')).toBe('1\t1\ta.txt')
})

test('no hook runs, and the environment does not redirect git', async () => {
  const root = await repository({ 'a.txt': 'one\n' })
  await writeFile(join(root, '.git/hooks/post-checkout'), `#!/bin/sh\ntouch ${join(root, '../hooked')}\n`, {
    mode: 0o755,
  })
  process.env.GIT_DIR = join(root, 'other')
  try {
    await gitIn(root).raw('checkout', '--detach', 'HEAD')
  } finally {
    delete process.env.GIT_DIR
  }
  expect(await readdir(join(root, '..'))).not.toContain('hooked')
})
