import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { gitIn } from '../../../../scripts/lib/git/git.ts'
import { copiesOf } from '../../../../scripts/ratchet/train/evaluate/copies.ts'
import { repository, scratch } from '../../../helpers/throwaway.ts'

const commonOf = (root: string) => gitIn(root).raw('rev-parse', '--path-format=absolute', '--git-common-dir')

test('copies of tracked files are in all worktrees of a repository, wherever a session starts', async () => {
  const main = realpathSync(await repository({ 'answers.txt': 'secret' }))
  const other = join(realpathSync(await scratch()), 'a worktree, ü')
  await execa('git', ['worktree', 'add', '--detach', other], { cwd: main })
  for (const root of [main, other])
    expect(await copiesOf(await commonOf(root))).toEqual({
      gitDirectories: [join(main, '.git')],
      worktrees: [main, other],
    })
})

test('and in the repositories that it borrows objects from', async () => {
  const source = realpathSync(await repository({ 'answers.txt': 'secret' }))
  const folder = realpathSync(await scratch())
  const [first, second] = [join(folder, 'first'), join(folder, 'second')]
  await execa('git', ['clone', '--shared', source, first])
  await execa('git', ['clone', '--shared', first, second])
  const { gitDirectories } = await copiesOf(await commonOf(second))
  const objects = [first, source].map(root => join(root, '.git/objects'))
  expect(new Set(gitDirectories)).toEqual(new Set([join(second, '.git'), ...objects]))
})
