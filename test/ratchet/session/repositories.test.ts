/** Repositories in a state that a session cannot use, or that looks as if it could not. */
import { chmod, lstat, mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { giveAway } from '../../helpers/otherOwner.ts'
import { player, program, set, trainer } from '../../helpers/target.ts'
import { git, nightshift, repository, scratch, sessionsOf, write } from '../../helpers/throwaway.ts'

const who = ['-c', 'user.name=A', '-c', 'user.email=a@example.org']
const contents = { 'train.js': trainer, 'frozen.txt': 'as it is\n' }

/** Puts the program, uncommitted, into a checkout. */
async function withProgram(root: string, steps: string[] = [], more = ''): Promise<string> {
  await write(join(root, '..'), { 'agent.sh': player(steps) })
  await write(root, { 'program.md': program(join(root, '../agent.sh'), more) })
  return root
}

const start = (root: string, tag = 'try', experiments = 0, env: Record<string, string> = {}) =>
  nightshift(
    root,
    'session',
    ['--program', 'program.md', '--tag', tag, '--seeds', '1', '--experiments', String(experiments)],
    env,
  )

/** What a start that failed leaves: nothing but the machine's label. */
async function checkNothingWritten(root: string, inside = root) {
  expect(await readdir(sessionsOf(root)).catch(() => [])).toEqual([])
  const work = await readdir(join(root, '../work')).catch(() => [])
  expect(work.filter(name => name !== 'machine')).toEqual([])
  expect((await git(inside, 'worktree', 'list')).split('\n')).toHaveLength(1)
}

/** One error with what to do, no stack. */
async function refused(root: string, tag?: string, env?: Record<string, string>): Promise<string> {
  const { exitCode, stderr } = await start(root, tag, 0, env)
  expect(exitCode, stderr).toBe(2)
  expect(stderr).toMatch(/^error: [^\n]+\n {7}[^\n]+$/m)
  expect(stderr).not.toMatch(/ExecaError|^ {4}at /m)
  return stderr.slice(stderr.indexOf('error: ')).replace(/\s+/g, ' ')
}

test('a branch named autoresearch is in the way, and is named', async () => {
  const root = await withProgram(await repository(contents))
  await git(root, 'branch', 'autoresearch')
  const before = await git(root, 'for-each-ref')
  expect(await refused(root)).toBe(
    "error: The branch autoresearch is in the way: git cannot have it and a session's branch autoresearch/try. " +
      'Rename it, e.g. `git branch -m autoresearch autoresearch-old`.',
  )
  expect(await git(root, 'for-each-ref')).toBe(before)
  await checkNothingWritten(root)
})

test('so is a branch below that of the tag, while another tag is free', { timeout: 60_000 }, async () => {
  const root = await withProgram(await repository(contents))
  await git(root, 'branch', 'autoresearch/try/deep')
  expect(await refused(root)).toContain(
    "The branch autoresearch/try/deep is in the way: git cannot have it and a session's branch autoresearch/try.",
  )
  await checkNothingWritten(root)
  const other = await start(root, 'other')
  expect(other.exitCode, other.stderr).toBe(0)
})

test('a tag whose branch is there without a session is said to be that', async () => {
  const root = await withProgram(await repository(contents))
  await git(root, 'branch', 'autoresearch/try')
  expect(await refused(root)).toContain('The tag try is taken: the branch autoresearch/try exists in the repository')
  await checkNothingWritten(root)
})

test("another user's repository is named, with how to trust it", async () => {
  const root = await withProgram(await repository(contents))
  const said = await refused(root, undefined, await giveAway(root))
  expect(said).toContain('/repo belongs to another user, so git refuses to read it.')
  expect(said).toContain('git config --global --add safe.directory')
  expect(await readdir(sessionsOf(root)).catch(() => [])).toEqual([])
  if (userInfo().uid === 0) await execa('chown', ['-R', '0:0', root])
  await checkNothingWritten(root)
})

test('a file whose filter is not installed is named, and nothing is left', async () => {
  for (const key of ['process', 'smudge']) {
    const root = await withProgram(
      await repository({ ...contents, '.gitattributes': 'data.bin filter=lfs -text\n', 'data.bin': 'pointer\n' }),
    )
    await git(root, 'config', 'filter.lfs.required', 'true')
    await git(root, 'config', `filter.lfs.${key}`, 'no-such-git-lfs filter-process')
    const said = await refused(root)
    expect(said).toContain('git cannot check out data.bin: its filter lfs failed: ')
    expect(said).toContain('no-such-git-lfs')
    expect(said).toContain('Install git-lfs')
    await checkNothingWritten(root)
    expect(await git(root, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main')
  }
})

test('a repository without a commit, without a checkout or that was moved is one error', async () => {
  const empty = join(await scratch(), 'repo')
  await mkdir(empty)
  await git(empty, 'init', '-q')
  await withProgram(empty)
  expect(await refused(empty)).toContain('has no commit. Commit the files of the target')

  const bare = join(await scratch(), 'repo')
  await mkdir(bare)
  await git(bare, 'init', '-q', '--bare')
  await withProgram(bare)
  expect(await refused(bare)).toContain('is in a bare repository, or in a .git folder: it has no checkout.')

  const moved = await repository(contents)
  await git(moved, 'worktree', 'add', '-q', '../second')
  await rename(moved, `${moved}-new`)
  await withProgram(join(moved, '../second'))
  expect(await refused(join(moved, '../second'))).toMatch(/second has a .git file that names \S+repo\/.git\/worktrees/)

  const none = join(await scratch(), 'repo')
  await mkdir(none)
  await withProgram(none)
  expect(await refused(none)).toContain('is not in a git repository. Run `git init` there')
})

test("any other failure of git is shown in git's words", async () => {
  const root = await withProgram(await repository(contents))
  const tree = await git(root, 'rev-parse', 'HEAD^{tree}')
  const object = join(root, '.git/objects', tree.slice(0, 2), tree.slice(2))
  await chmod(object, 0o644)
  await writeFile(object, 'damaged')
  const said = await refused(root)
  expect(said).toMatch(/error: `git [a-z-]+` failed in \S+\/repo: /)
  expect(said).toContain(tree)
  await checkNothingWritten(root)
})

test('a detached HEAD, a worktree and a .git file are used as they are', {
  timeout: 120_000,
}, async () => {
  const root = await repository(contents)
  await git(root, 'checkout', '-q', '--detach')
  await git(root, 'worktree', 'add', '-q', '-b', 'second', '../second')
  await git(root, 'clone', '-q', '--separate-git-dir', join(root, '../elsewhere.git'), root, join(root, '../third'))
  for (const [place, tag] of [
    ['repo', 'one'],
    ['second', 'two'],
    ['third', 'three'],
  ] as const) {
    const checkout = await withProgram(join(root, '..', place), [set('RATE', '0.08')])
    await writeFile(join(root, '../agent.sh.count'), '0')
    const result = await start(checkout, tag, 1)
    expect(result.exitCode, `${place}: ${result.stderr}`).toBe(0)
    expect(await git(checkout, 'log', '-1', '--format=%s', `autoresearch/${tag}`)).toBe('RATE to 0.08')
    expect(await git(checkout, 'status', '--porcelain')).toBe('?? program.md')
  }
})

test('a run has the files of a linked submodule, at the commit of the checkout', { timeout: 120_000 }, async () => {
  const lib = await repository({ 'x.txt': 'from the submodule' })
  const needy = `import { readFileSync } from 'node:fs'\nreadFileSync('lib/x.txt')\n${trainer}`
  const root = await repository({ ...contents, 'train.js': needy })
  await git(root, '-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', lib, 'lib')
  await git(root, ...who, 'commit', '-qm', 'lib')

  await withProgram(root)
  const without = await start(root, 'without')
  expect(without.exitCode).toBe(2)
  expect(without.stderr).toContain('note      lib is a submodule: runs do not have its files')
  expect(without.stderr).toContain(
    'Note: lib is a submodule: runs do not have its files; if they need them, add `link: [lib]`',
  )
  // Its tag stays with it, and nothing advises what is refused.
  expect(await refused(root, 'without')).toMatch(/The tag without is taken by \S+, whose baseline failed\..*without-2/)
  const again = await nightshift(root, 'session', ['resume', 'without'])
  expect(again.exitCode).toBe(2)
  expect(again.stderr).toMatch(/cannot go on, because its baseline failed: .*\n.*commit, and start another/)
  expect((await nightshift(root, 'session', ['resume'])).stderr).toContain('There is no unfinished session.')
  const { stdout } = await nightshift(root, 'status', ['without'])
  expect(stdout).toContain('ended (failed)')
  expect(stdout).toMatch(
    /\nend +the baseline failed: exit code 1: Error: ENOENT: .*x\.txt.*Make `node train\.js` work, and commit it/,
  )

  await withProgram(root, [set('RATE', '0.08')], 'link: [lib]\n')
  const result = await start(root, 'with', 1)
  expect(result.exitCode, result.stderr).toBe(0)
  expect(result.stderr).not.toContain('submodule')
  expect(await git(root, 'status', '--porcelain')).toBe('?? program.md')
  expect((await lstat(join(root, 'lib/x.txt'))).isFile()).toBe(true)
  const folder = (await readdir(sessionsOf(root))).find(name => name.endsWith('-with')) ?? ''
  const { experiments } = await readSession(join(sessionsOf(root), folder))
  expect(experiments.map(e => e.status)).toEqual(['keep', 'keep'])

  await git(root, 'submodule', 'deinit', '-q', '-f', 'lib')
  expect(await refused(root, 'empty')).toContain('link: lib is a submodule that is not checked out in')
})

test('a tag is taken by its own session alone, not by one whose tag ends alike', { timeout: 120_000 }, async () => {
  const root = await withProgram(await repository(contents))
  expect((await start(root, 'k-foo-exp')).exitCode).toBe(0)
  const collected = join(sessionsOf(root), 'from-elsewhere-exp')
  await write(collected, { 'session.json': JSON.stringify({ tag: 'elsewhere-exp' }), 'notes.txt': '' })
  await write(join(sessionsOf(root), 'just-a-folder-exp'), { 'notes.txt': 'no session' })
  // Unreadable, so its tag may be exp.
  const damaged = join(sessionsOf(root), '2026-11-01-cpu-aaaa-exp')
  await write(damaged, { 'session.json': '{' })
  expect(await refused(root, 'exp')).toMatch(
    /The tag exp may be taken by 2026-11-01-cpu-aaaa-exp: its records cannot be read\. Mend or move 2026/,
  )
  await rename(damaged, join(root, '../damaged'))
  const result = await start(root, 'exp')
  expect(result.exitCode, result.stderr).toBe(0)
  expect(await refused(root, 'exp')).toMatch(/The tag exp is taken by the session \S+-exp\. Choose another --tag/)
  // Named by the tag alone, it is found.
  const status = await nightshift(root, 'status', ['exp'])
  expect(status.stdout).toMatch(/^session +\S+-exp /)
  expect(status.stdout).not.toContain('k-foo')
  expect(
    await readFile(files.report(join(sessionsOf(root), /\S+-exp/.exec(status.stdout)?.[0] ?? '')), 'utf8'),
  ).not.toBe('')
})

test('a path of program.md that goes through a link starts the same session', async () => {
  const root = await withProgram(await repository(contents))
  const link = join(await scratch(), 'link')
  await symlink(root, link)
  const started = await nightshift(root, 'session', ['--program', join(link, 'program.md'), '--dry-run', '--json'])
  expect(started.exitCode, started.stderr).toBe(0)
  expect(JSON.parse(started.stdout).contract.edit).toEqual(['train.js'])
})
