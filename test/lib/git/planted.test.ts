/** What a run may plant in a repository after the session's start, each tried first with plain git, which runs it. */
import { existsSync } from 'node:fs'
import { appendFile, chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, expect, test, vi } from 'vitest'
import { changes, gitIn, gitWithInput, openRepository, patchBetween, setRef } from '../../../scripts/lib/git/git.ts'
import { keepSettings, settingsIn } from '../../../scripts/lib/git/keepSettings.ts'
import { addWorktree, removeWorktree, resetWorktree, writeTree } from '../../../scripts/lib/git/worktree.ts'
import { git, repository, write } from '../../helpers/throwaway.ts'

afterEach(() => void vi.unstubAllEnvs())

const person = ['-c', 'user.name=A Person', '-c', 'user.email=person@example.org']
const upper = 'tr a-z A-Z'
const lower = 'tr A-Z a-z'

/** Two commits that conflict at the same line, with a filter that the user configured. */
async function target() {
  const root = await repository({ 'a.txt': 'one\n', 'b.up': 'b\n', '.gitattributes': '*.up filter=up\n' })
  await write(root, { 'a.txt': 'two\n' })
  await git(root, ...person, 'commit', '-qam', 'two')
  await git(root, 'checkout', '-qb', 'other', 'HEAD^')
  await write(root, { 'a.txt': 'three\n' })
  await git(root, ...person, 'commit', '-qam', 'three')
  await git(root, 'checkout', '-q', 'main')
  await git(root, 'config', 'filter.up.smudge', upper)
  await git(root, 'config', 'filter.up.clean', lower)
  const opened = await openRepository(root)
  const work = join(root, '../work')
  await mkdir(work)
  const ran = join(root, '../ran')
  return { root, work, ran, program: `touch '${ran}'`, opened }
}
type Target = Awaited<ReturnType<typeof target>>

/** What the harness does with git in a session, on a candidate that conflicts and one that does not. */
async function steps({ root, work, opened }: Target): Promise<string> {
  const slot = join(work, 'slot')
  const [head, other] = await Promise.all(['main', 'other'].map(name => git(root, 'rev-parse', name)))
  const worktree = await addWorktree(opened.git, slot, head ?? '')
  await resetWorktree(worktree, other ?? '')
  await resetWorktree(worktree, head ?? '')
  await writeFile(join(slot, 'a.txt'), 'four\n')
  await worktree.raw('status', '--porcelain', '--ignore-submodules=dirty')
  const tree = await writeTree(worktree)
  await opened.git.raw('status', '--porcelain', '--ignore-submodules=dirty')
  await changes(opened.git, `${head}^{tree}`, tree)
  const patch = await patchBetween(root, `${head}^{tree}`, tree)
  const commit = await opened.git.raw('commit-tree', tree, '-p', head ?? '', '-m', 'four')
  await setRef(opened.git, 'refs/autoresearch/try/0001', commit)
  await resetWorktree(worktree, other ?? '')
  await worktree.raw('cherry-pick', '--no-commit', commit).catch(() => {})
  await worktree.raw('diff', '--name-only', '--diff-filter=U', '--ignore-submodules')
  await worktree.raw('reset', '--hard', '--quiet')
  const index = { GIT_INDEX_FILE: join(work, 'index') }
  await gitIn(root, true, undefined, index).raw('read-tree', other ?? '')
  await gitWithInput(root, ['apply', '--cached', '--3way', '-'], patch, index).catch(() => {})
  await opened.git.raw('log', '-1', '--no-show-signature', '--format=%H', commit)
  await opened.git.raw('grep', '-h', '-e', 'o', commit)
  await opened.git.raw('update-ref', '-d', 'refs/autoresearch/try/0001')
  await resetWorktree(worktree, head ?? '')
  const files = await Promise.all(['a.txt', 'b.up'].map(name => readFile(join(slot, name), 'utf8')))
  await removeWorktree(opened.git, slot)
  return files.join('')
}

interface Vector {
  plant(target: Target): Promise<unknown>
  /** A command of the user's that runs what was planted. */
  control: string[]
}

const config =
  (key: string, value: (program: string) => string = program => `${program}; cat`) =>
  ({ root, program }: Target) =>
    git(root, 'config', key, value(program))
const attributes = (line: string) => (target: Target) => appendFile(join(target.root, '.git/info/attributes'), line)
const all =
  (...parts: ((target: Target) => Promise<unknown>)[]) =>
  async (target: Target) => {
    await mkdir(join(target.root, '.git/info'), { recursive: true })
    for (const part of parts) await part(target)
  }
const hook =
  (name: string, folder = '.git/hooks') =>
  async ({ root, program }: Target) => {
    const path = join(root, folder, name)
    await mkdir(join(root, folder), { recursive: true })
    await writeFile(path, `#!/bin/sh\n${program}\n`)
    await chmod(path, 0o755)
  }
const checkout = ['checkout', '-q', 'other']

const vectors: Record<string, Vector> = {
  'core.fsmonitor': { plant: all(config('core.fsmonitor', p => `${p}; false`)), control: ['status'] },
  'core.hooksPath': {
    plant: all(
      hook('post-checkout', '../hooks'),
      config('core.hooksPath', () => '../hooks'),
    ),
    control: checkout,
  },
  'a hook of checkouts': { plant: all(hook('post-checkout')), control: checkout },
  'a hook of the index': { plant: all(hook('post-index-change')), control: checkout },
  'a hook of refs': { plant: all(hook('reference-transaction')), control: ['tag', 'x'] },
  'a smudge filter in info/attributes': {
    plant: all(config('filter.x.smudge'), attributes('*.txt filter=x\n')),
    control: checkout,
  },
  'a clean filter in info/attributes': {
    plant: all(config('filter.x.clean'), attributes('*.txt filter=x\n')),
    control: ['hash-object', 'a.txt'],
  },
  'a filter process': {
    plant: all(
      config('filter.x.process', p => `${p}; false`),
      attributes('*.txt filter=x\n'),
    ),
    control: checkout,
  },
  "another program for the user's filter": {
    plant: all(
      config('filter.up.smudge', p => `${p}; ${upper}`),
      config('filter.up.clean', p => `${p}; ${lower}`),
    ),
    control: ['hash-object', 'b.up'],
  },
  'core.attributesFile': {
    plant: all(
      config('filter.x.clean'),
      config('core.attributesFile', () => '../attributes'),
      ({ root }) => writeFile(join(root, '../attributes'), '*.txt filter=x\n'),
    ),
    control: ['hash-object', 'a.txt'],
  },
  'an included file': {
    plant: all(attributes('*.txt filter=x\n'), async ({ root, program }) => {
      await git(root, 'config', '-f', join(root, '../included'), 'filter.x.clean', `${program}; cat`)
      await git(root, 'config', 'include.path', join(root, '../included'))
    }),
    control: ['hash-object', 'a.txt'],
  },
  'config.worktree': {
    plant: all(attributes('*.txt filter=x\n'), async ({ root, program }) => {
      await git(root, 'config', 'extensions.worktreeConfig', 'true')
      await git(root, 'config', '--worktree', 'filter.x.clean', `${program}; cat`)
    }),
    control: ['hash-object', 'a.txt'],
  },
  'a merge driver': {
    plant: all(
      config('merge.x.driver', p => `${p}; false`),
      attributes('*.txt merge=x\n'),
    ),
    control: [...person, 'cherry-pick', 'other'],
  },
  'diff.external': { plant: all(config('diff.external')), control: ['diff', 'HEAD^'] },
  'a textconv': {
    plant: all(config('diff.x.textconv'), attributes('*.txt diff=x\n')),
    control: ['diff', 'HEAD^'],
  },
  'gpg.program': {
    plant: all(
      config('commit.gpgSign', () => 'true'),
      gpg,
    ),
    control: [...person, 'commit', '-qm', 'x', '--allow-empty'],
  },
}

/** A program of its own: gpg.program is no line of a shell. */
async function gpg(target: Target): Promise<void> {
  await hook('gpg', '../bin')(target)
  await git(target.root, 'config', 'gpg.program', join(target.root, '../bin/gpg'))
}

test.each(Object.entries(vectors))('%s that a run plants does not run, and no checkout changes', async (_, vector) => {
  const asked = await target()
  const { root, work, ran, opened } = asked
  await keepSettings(opened, settingsIn(work))
  const before = await steps(asked)
  expect(before).toBe('two\nB\n')
  await vector.plant(asked)
  expect(await steps(asked)).toBe(before)
  expect(existsSync(ran)).toBe(false)
  // Only plain git tells that it was planted rightly.
  await execa('git', vector.control, { cwd: root, reject: false })
  expect(existsSync(ran)).toBe(true)
})

test('what a run plants in the settings of the user, or removes of those that are kept, has no effect', async () => {
  const asked = await target()
  const { root, work, ran, program } = asked
  const home = join(work, 'home')
  await mkdir(home)
  await writeFile(join(home, '.gitconfig'), '[filter "down"]\n\tsmudge = tr a-z A-Z\n')
  vi.stubEnv('HOME', home)
  vi.stubEnv('XDG_CONFIG_HOME', join(home, '.config'))
  const opened = await openRepository(root)
  await keepSettings(opened, settingsIn(work))
  expect(await opened.git.raw('config', 'filter.down.smudge')).toBe('tr a-z A-Z')
  await writeFile(join(home, '.gitconfig'), `[filter "x"]\n\tclean = "${program}; cat"\n`)
  await mkdir(join(home, '.config/git'), { recursive: true })
  await writeFile(join(home, '.config/git/attributes'), '*.txt filter=x\n')
  await writeFile(join(settingsIn(work), 'config'), `[filter "x"]\n\tclean = "${program}; cat"\n`)
  await writeFile(join(settingsIn(work), 'info/attributes'), '*.txt filter=x\n')
  expect(await steps({ ...asked, opened })).toBe('two\nB\n')
  await rm(settingsIn(work), { recursive: true })
  expect(await steps({ ...asked, opened })).toBe('two\nB\n')
  expect(existsSync(ran)).toBe(false)
})

test('settings are kept as they are: values with quotes, line ends and comment signs, names with dots, keys without value', async () => {
  const { root, work, opened } = await target()
  const values = {
    'filter.a.b"c\\d.clean': 'sh -c "echo \\"x\\" # y; z"\t;\nsecond',
    'url.https://example.org/a#b.insteadOf': 'short: ',
    'core.excludesFile': join(root, '../mine'),
  }
  for (const [key, value] of Object.entries(values)) await git(root, 'config', key, value)
  await appendFile(join(root, '.git/config'), '[maintenance]\n\tauto\n')
  await writeFile(join(root, '../mine'), '*.ignored\n')
  await keepSettings(opened, settingsIn(work))
  const read = (key: string) => opened.git.raw('config', '-z', key)
  for (const key of Object.keys(values).slice(0, 2))
    expect(await read(key)).toBe(`${values[key as keyof typeof values]}\0`)
  expect(await opened.git.raw('config', '--type=bool', 'maintenance.auto')).toBe('true')
  await write(root, { 'x.ignored': '' })
  expect(await opened.git.raw('status', '--porcelain')).toBe('')
})

test('refs and objects are those of the repository, also after it packed them, and a replaced object is not read', async () => {
  const asked = await target()
  const { root, work, opened } = asked
  await keepSettings(opened, settingsIn(work))
  const [main = '', other = ''] = await Promise.all(['main', 'other'].map(name => git(root, 'rev-parse', name)))
  await setRef(opened.git, 'refs/autoresearch/try/0001', other)
  await git(root, 'pack-refs', '--all')
  await git(root, 'gc', '-q', '--prune=now')
  expect(await opened.git.raw('for-each-ref', '--format=%(objectname)', 'refs/autoresearch')).toBe(other)
  await opened.git.raw('update-ref', '-d', 'refs/autoresearch/try/0001')
  expect(await git(root, 'for-each-ref', 'refs/autoresearch')).toBe('')
  await git(root, 'replace', main, other)
  expect(await git(root, 'show', 'main:a.txt')).toBe('three')
  expect(await opened.git.raw('show', 'main:a.txt')).toBe('two')
  expect(await steps(asked)).toBe('two\nB\n')
  expect((await git(root, 'worktree', 'list')).split('\n')).toHaveLength(1)
})
