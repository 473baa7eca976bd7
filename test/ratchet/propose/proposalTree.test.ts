import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { gitIn } from '../../../scripts/lib/git/git.ts'
import { addAgentWorktree } from '../../../scripts/lib/git/worktree.ts'
import { readProposalTree } from '../../../scripts/ratchet/propose/proposalTree.ts'
import { repository } from '../../helpers/throwaway.ts'

test.each([
  ['an edited file', 'train.js'],
  ['a new file', 'weights.bin'],
  ['a file whose name begins with a blank', ' weights.bin'],
])('a proposal is refused when the first that differs, %s, is too large', async (_, name) => {
  const root = await repository({ 'train.js': '1\n', '.gitignore': 'work/\n' })
  const path = join(root, 'work/one')
  await mkdir(join(root, 'work'))
  const git = await addAgentWorktree(gitIn(root), path, 'HEAD')
  await writeFile(join(path, name), 'x'.repeat(3 * 2 ** 20))
  expect(await readProposalTree({ git, path }, 'HEAD')).toMatchObject({
    kind: 'refused',
    refused: { why: expect.stringContaining(`(${name.trim()}); the limit is`) },
  })
})
