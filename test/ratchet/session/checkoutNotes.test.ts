import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { openRepository } from '../../../scripts/lib/git/git.ts'
import { checkoutNotes } from '../../../scripts/ratchet/session/checkoutNotes.ts'
import { git, repository, write } from '../../helpers/throwaway.ts'

const who = ['-c', 'user.name=A', '-c', 'user.email=a@example.org']
const dirty = (names: string, verb = 'has') =>
  `${names} ${verb} uncommitted changes; the session starts from HEAD, without them`

const contents = {
  'knob.py': 'X = 100\n',
  'run.py': '# frozen\n',
  'b.py': '',
  'sub/über "a".py': '',
  'program.md': 'a',
}

async function notes(root: string, contract: { edit?: string[]; link?: string[]; target?: string } = {}) {
  const { edit = ['knob.py'], link = [], target = '.' } = contract
  return checkoutNotes(await openRepository(root), 'program.md', { edit, link, target })
}

test('nothing is said of a clean checkout, nor of program.md, which is read as it is on disk', async () => {
  const root = await repository(contents)
  expect(await notes(root)).toEqual([])
  await write(root, { 'program.md': 'changed' })
  expect(await notes(root)).toEqual([])
})

test('an edit of the only editable file is named, though it is the first line of what git says', async () => {
  const root = await repository(contents)
  await write(root, { 'knob.py': 'X = 3\n' })
  expect(await notes(root)).toEqual([dirty('knob.py')])
})

test('frozen files, staged edits, removals, renames and quoted names are named, editable files first', async () => {
  const root = await repository(contents)
  await write(root, { 'run.py': 'changed', 'b.py': 'staged', 'knob.py': 'X = 3\n', 'sub/über "a".py': 'changed' })
  await git(root, 'add', 'b.py')
  expect(await notes(root)).toEqual([dirty('knob.py, b.py, run.py, sub/über "a".py', 'have')])
  await git(root, 'reset', '-q', '--hard')
  await git(root, 'mv', 'run.py', 'go.py')
  await git(root, 'rm', '-q', 'b.py')
  expect(await notes(root)).toEqual([dirty('b.py, run.py', 'have'), 'go.py is not committed, so runs do not have it'])
})

test('more than five are counted, and a name that would write to the terminal is cleaned', async () => {
  const names = Array.from({ length: 7 }, (_, i) => `f${i}.py`)
  const root = await repository({ 'knob.py': '', ...Object.fromEntries(names.map(name => [name, ''])) })
  for (const name of names) await writeFile(join(root, name), 'changed')
  await rename(join(root, 'f0.py'), join(root, '\u001b[31mred.py'))
  expect(await notes(root)).toEqual([
    dirty('f0.py, f1.py, f2.py, f3.py, f4.py and 2 more', 'have'),
    'red.py is not committed, so runs do not have it',
  ])
})

test('new files count where the session works, and not when they are linked or ignored', async () => {
  const root = await repository({ ...contents, '.gitignore': 'data/\n' })
  await write(root, { 'helper.py': '', 'data/x': '', 'sub/new.py': '', 'other/y': '' })
  expect(await notes(root)).toEqual(['helper.py, other/, sub/new.py are not committed, so runs do not have them'])
  expect(await notes(root, { edit: ['sub/a.py'], target: 'sub', link: ['helper.py'] })).toEqual([
    'sub/new.py is not committed, so runs do not have it',
  ])
})

test('a submodule is named with the key that gives runs its files', async () => {
  const root = await repository(contents)
  const lib = await repository({ 'x.py': '1' })
  await git(root, '-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', lib, 'lib')
  await git(root, ...who, 'commit', '-qm', 'lib')
  expect(await notes(root)).toEqual([
    'lib is a submodule: runs do not have its files; if they need them, add `link: [lib]` to program.md',
  ])
  expect(await notes(root, { link: ['lib'] })).toEqual([])
  await git(join(root, 'lib'), ...who, 'commit', '-qm', 'later', '--allow-empty')
  expect(await notes(root, { link: ['lib'] })).toEqual([
    'lib differs from HEAD; link gives runs it as in your checkout',
  ])
})

test('a rebase or merge that is not finished is said, with the commit that the session starts from', async () => {
  const root = await repository(contents)
  await git(root, 'checkout', '-qb', 'other')
  await write(root, { 'knob.py': 'X = 1\n' })
  await git(root, ...who, 'commit', '-qam', 'one')
  await git(root, 'checkout', '-q', 'main')
  await write(root, { 'knob.py': 'X = 2\n' })
  await git(root, ...who, 'commit', '-qam', 'two')
  const head = (await git(root, 'rev-parse', '--short=7', 'HEAD')).trim()
  for (const [step, what, undo] of [
    ['merge', 'A merge', ['merge', '--abort']],
    ['cherry-pick', 'A cherry-pick', ['cherry-pick', '--abort']],
  ] as const) {
    await execa('git', [...who, step, 'other'], { cwd: root, reject: false })
    expect(await notes(root)).toEqual([
      dirty('knob.py'),
      `${what} is not finished in the repository; the session starts from HEAD as it is now, ${head}`,
    ])
    await git(root, ...undo)
  }
  await execa('git', [...who, 'rebase', 'other'], { cwd: root, reject: false })
  expect((await notes(root)).at(-1)).toMatch(/^A rebase is not finished .*, [0-9a-f]{7}$/)
})

test("a worktree of the user's is read by itself", async () => {
  const root = await repository(contents)
  await write(root, { 'run.py': 'changed in the main checkout' })
  await git(root, 'worktree', 'add', '-q', '../second')
  await mkdir(join(root, '../second/x'))
  await write(join(root, '../second'), { 'knob.py': 'X = 3\n' })
  expect(await notes(join(root, '../second'))).toEqual([dirty('knob.py')])
})
