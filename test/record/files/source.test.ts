import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { gitIn } from '../../../scripts/lib/git/git.ts'
import { readSource, writeSource } from '../../../scripts/record/files/source.ts'
import { git, repository, scratch } from '../../helpers/throwaway.ts'

test('the editable files are stored exactly as committed, including trailing white space', async () => {
  const text = '\n\nLR = 1  \n\n'
  const root = await repository({ 'trainer/train.py': text, 'trainer/more/model.py': 'D = 2', 'secret.txt': 'no' })
  await writeFile(join(root, 'trainer/train.py'), 'LR = 2\n')
  const folder = await scratch()
  await writeSource(folder, gitIn(root, false), 'HEAD', ['trainer'])
  expect(await readSource(folder)).toEqual(
    new Map([
      ['trainer/more/model.py', 'D = 2'],
      ['trainer/train.py', text],
    ]),
  )
})

test('symlinks and large files are left out', async () => {
  const root = await repository({ 'a.py': 'A = 1\n', 'data.bin': 'x'.repeat(1_000_001) })
  await symlink('/etc/passwd', join(root, 'b.py'))
  await git(root, 'add', '-A')
  await git(root, '-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '-qm', 'more')
  const folder = await scratch()
  await writeSource(folder, gitIn(root, false), 'HEAD', ['a.py', 'b.py', 'data.bin'])
  expect([...(await readSource(folder)).keys()]).toEqual(['a.py'])
})

test('a session without stored sources, or with symlinks in their place, has no sources', async () => {
  const folder = await scratch()
  expect(await readSource(folder)).toEqual(new Map())
  await mkdir(join(folder, 'source'))
  await symlink('/etc/hostname', join(folder, 'source', 'train.py'))
  expect(await readSource(folder)).toEqual(new Map())
})
