import { access, appendFile, chmod, cp, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test, vi } from 'vitest'
import { withGit } from '../../../scripts/collect/git/git.ts'
import { files } from '../../../scripts/record/files/paths.ts'
import { giveAway } from '../../helpers/otherOwner.ts'
import { git, nightshift, scratch, sessionsOf, write } from '../../helpers/throwaway.ts'
import { commitAll, foreignSession, header } from '../foreignRepository.ts'
import { into } from '../into.ts'

const dry = { dry: true }

/** A script that leaves a mark when it is run. */
async function trap(folder: string): Promise<{ script: string; sprung: () => Promise<boolean> }> {
  const [script, mark] = [join(folder, 'trap.sh'), join(folder, 'sprung')]
  await writeFile(script, `#!/bin/sh\ntouch '${mark}'\n`)
  await chmod(script, 0o755)
  const sprung = () =>
    access(mark).then(
      () => true,
      () => false,
    )
  return { script, sprung }
}

const read = async (root: string) => (await into(sessionsOf(root), root, dry)).source.git

test("another user's repository is read", async () => {
  const { root } = await foreignSession()
  // The only command that runs in the source.
  const env = await giveAway(root, ' ls-remote ')
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  await expect(execa('git', ['ls-remote', '.'], { cwd: root })).rejects.toThrow('dubious ownership')
  expect(await read(root)).toMatchObject({ branch: 'exp/A100/mar5', found: 2 })
  vi.unstubAllEnvs()
})

test('a repository that needs git lfs is read without it, and its files show as pointers', async () => {
  const { root } = await foreignSession({ '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n' })
  await write(root, { 'data.bin': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n' })
  await commitAll(root, '02:00:00', 'data')
  await git(root, 'config', 'filter.lfs.required', 'true')
  await git(root, 'config', 'filter.lfs.process', 'no-such-git-lfs filter-process')
  await git(root, 'config', 'filter.lfs.smudge', 'no-such-git-lfs smudge')
  expect(await read(root)).toMatchObject({ branch: 'exp/A100/mar5', found: 2 })
})

test('settings that are included, of a worktree or of a remote run nothing', async () => {
  const { root } = await foreignSession()
  const { script, sprung } = await trap(join(root, '..'))
  const evil = join(root, '../evil.config')
  await writeFile(
    evil,
    `[core]\n\tfsmonitor = ${script}\n\tsshCommand = ${script}\n\tgitProxy = ${script}\n\tpager = ${script}\n[uploadpack]\n\tpackObjectsHook = ${script}\n[diff]\n\texternal = ${script}\n[gpg]\n\tprogram = ${script}\n[log]\n\tshowSignature = true\n`,
  )
  await git(root, 'config', 'include.path', evil)
  await git(root, 'config', `includeIf.gitdir:${root}/.path`, evil)
  await git(root, 'config', 'extensions.worktreeConfig', 'true')
  await cp(evil, join(root, '.git/config.worktree'))
  await git(root, 'config', 'remote.origin.url', `ext::${script}`)
  await git(root, 'config', 'remote.origin.promisor', 'true')
  await git(root, 'config', 'remote.origin.uploadpack', script)
  await git(root, 'config', 'remote.origin.vcs', 'trap')
  await git(root, 'config', 'protocol.allow', 'always')
  // A branch whose commit is missing is one that git would fetch.
  await write(root, { '.git/refs/heads/lost': `${'1'.repeat(40)}\n` })
  expect(await read(root)).toMatchObject({ branch: 'exp/A100/mar5', found: 2 })
  expect(await sprung()).toBe(false)
})

test('attributes, a graft and a replaced commit do not change what is read', async () => {
  const { root, commits } = await foreignSession()
  const { script, sprung } = await trap(join(root, '..'))
  const honest = await into(join(root, '../honest'), root)
  const patch = await readFile(files.patch(honest.folder, 1), 'utf8')
  await git(root, 'config', 'diff.trap.textconv', script)
  await git(root, 'config', 'diff.trap.command', script)
  await write(root, { '.git/info/attributes': '*.py diff=trap binary\n', '.gitattributes': '*.py -diff\n' })
  await write(root, { '.git/info/grafts': `${commits.first}\n` })
  await git(root, 'replace', `${commits.first}`, `${commits.lost}`)
  const found = await into(sessionsOf(root), root)
  expect(await readFile(files.patch(found.folder, 1), 'utf8')).toBe(patch)
  expect(found.source.git).toEqual(honest.source.git)
  expect(await sprung()).toBe(false)
})

test('a .git that is a link or a file, and objects in another folder, are read as git reads them', async () => {
  const { root } = await foreignSession()
  const real = join(root, '../real.git')
  await rename(join(root, '.git'), real)
  await symlink(real, join(root, '.git'))
  expect(await read(root)).toMatchObject({ found: 2 })
  await rm(join(root, '.git'))
  await writeFile(join(root, '.git'), 'gitdir: ../real.git\n')
  expect(await read(root)).toMatchObject({ found: 2 })
  const shared = join(root, '../shared: "odd" #1\\')
  await git(root, 'clone', '-q', '--shared', root, shared)
  expect(await read(shared)).toMatchObject({ found: 2 })
})

test.each([
  ['an empty .git folder', async (root: string) => void (await mkdir(join(root, '.git'), { recursive: true }))],
  ['a .git file of something else', (root: string) => writeFile(join(root, '.git'), 'x'.repeat(9999))],
  [
    'a .git file that names a pipe',
    async (root: string) => {
      await execa('mkfifo', [join(root, 'pipe')])
      await writeFile(join(root, '.git'), 'gitdir: pipe\n')
    },
  ],
  [
    'a .git whose settings are a link to themselves',
    async (root: string) => {
      await mkdir(join(root, '.git/objects'), { recursive: true })
      await symlink('shallow', join(root, '.git/shallow'))
    },
  ],
  ['a .git that is a pipe', async (root: string) => void (await execa('mkfifo', [join(root, '.git')]))],
  [
    'a .git link to nowhere inside it',
    async (root: string) => {
      await mkdir(join(root, '.git/objects'), { recursive: true })
      await mkdir(join(root, '.git/refs'))
      await symlink('nowhere', join(root, '.git/HEAD'))
    },
  ],
])('%s is one clear error', async (_, make) => {
  const root = join(await scratch(), 'repo')
  await mkdir(root)
  await make(root)
  await expect(into(sessionsOf(root), root)).rejects.toMatchObject({
    name: 'Failure',
    message: expect.stringMatching(/is not a git repository|^git cannot read|cannot be read as a git repository/),
    advice: expect.stringContaining('only its results table'),
  })
})

test('a pipe in place of a setting of a repository ends in an error, and no process waits for it', async () => {
  const { root } = await foreignSession()
  await execa('mkfifo', [join(root, '.git/commondir')])
  await expect(withGit(root, 'file', async () => 1, { bytes: 1, seconds: 1 })).rejects.toThrow(
    /^git cannot read .*: it did not answer within 1 s\.$/,
  )
  const { stdout } = await execa('ps', ['-eo', 'args'])
  expect(stdout).not.toContain(root)
})

test('branches of any name are read, printed clean, and never an argument', async () => {
  const { root } = await foreignSession()
  const { sprung } = await trap(join(root, '..'))
  const names = [
    '--upload-pack=x',
    '$(touch)',
    '`touch`',
    "it's",
    'a"b',
    '{a,b}',
    'é-\u202egpj',
    '-',
    'a;b|c&d',
    '%2e%2e',
    'HEAD',
  ]
  for (const name of names) await git(root, 'update-ref', `refs/heads/${name}`, 'HEAD~2')
  expect(await read(root)).toMatchObject({ branch: 'exp/A100/mar5', found: 2 })
  const named = await into(sessionsOf(root), root, { ...dry, branch: '--upload-pack=x', table: 'train.py' }).catch(
    (error: Error) => error.name,
  )
  expect(named).toBe('Failure')
  const none = await into(sessionsOf(root), root, { branch: 'none' }).catch((error: { advice: string }) => error.advice)
  expect(none).toContain('--upload-pack=x')
  expect(none).not.toContain('\u202e')
  expect(await sprung()).toBe(false)
})

test('a packed branch that would leave its folder is one clear error', async () => {
  const { root } = await foreignSession()
  const head = await git(root, 'rev-parse', 'HEAD')
  await appendFile(join(root, '.git/packed-refs'), `${head} refs/heads/../../../outside\n`)
  await expect(read(root)).rejects.toMatchObject({ name: 'Failure', message: expect.stringContaining('dangerous') })
})

test.each([['refs/heads/../../../outside'], ['refs/heads/x.lock'], ['--upload-pack=touch'], ['refs/heads/a b']])(
  'a bundle with the ref %s is read without it, or is one clear error',
  async ref => {
    const { root } = await foreignSession()
    const bundle = join(root, '../session.bundle')
    await git(root, 'bundle', 'create', '-q', bundle, 'exp/A100/mar5')
    const text = await readFile(bundle, 'latin1')
    await writeFile(
      bundle,
      text.replace(/ (refs\/heads\/exp\/A100\/mar5)\n/, ` $1\n${await git(root, 'rev-parse', 'HEAD')} ${ref}\n`),
      'latin1',
    )
    const found = await into(sessionsOf(root), bundle, dry).then(
      ({ source }) => source.git?.branch,
      (error: Error) => error.name,
    )
    expect(['exp/A100/mar5', 'Failure']).toContain(found)
  },
)

test.each([
  ['cut off', (text: string) => text.slice(0, text.length - 100), /^git could not copy .*/],
  [
    'without what it builds on',
    (text: string) => text.replace('\n', `\n-${'1'.repeat(40)} base\n`),
    /^git could not copy .*prerequisite commits/,
  ],
  ['with another header', (text: string) => text.replace('# v2', '# v9'), /^git could not copy .*/],
])('a bundle %s is one clear error', async (_, change, message) => {
  const { root } = await foreignSession()
  const bundle = join(root, '../session.bundle')
  await git(root, 'bundle', 'create', '-q', bundle, 'exp/A100/mar5')
  await writeFile(bundle, change(await readFile(bundle, 'latin1')), 'latin1')
  const failed = into(sessionsOf(root), bundle, dry)
  await expect(failed).rejects.toMatchObject({ name: 'Failure', message: expect.stringMatching(message) })
  await expect(failed).rejects.not.toThrow('index-pack')
})

test('paths that are not UTF-8, and very odd ones, keep their diffs', async () => {
  const root = join(await scratch(), 'repo')
  await mkdir(root)
  await git(root, 'init', '-q', '-b', 'main')
  const file = (path: string, text: string) => `M 100644 inline ${path}\ndata ${text.length}\n${text}\n`
  const commit = (subject: string, contents: string) =>
    `commit refs/heads/main\ncommitter P <p@example.org> 1700000000 +0000\ndata ${subject.length}\n${subject}\n${contents}\n`
  const odd = ['"caf\\351.py"', '"new\\nline.py"', '"--output=x"', ':(top)x.py', '"tab\\there.py"']
  const at = (value: number) => odd.map(path => file(path, `LR = ${value}\n`)).join('')
  await execa('git', ['fast-import', '--quiet'], { cwd: root, input: commit('start', at(1)) + commit('LR 2', at(2)) })
  const [first, second] = (await git(root, 'log', '--reverse', '--format=%h', 'main')).split('\n')
  await writeFile(
    join(root, 'results.tsv'),
    `${header}${first}\t2\t4.0\tkeep\tbaseline\n${second}\t1\t4.0\tkeep\tLR 2\n`,
  )
  const { folder } = await into(sessionsOf(root), root)
  const patch = await readFile(files.patch(folder, 1), 'utf8')
  expect(patch.match(/^\+LR = 2$/gm)).toHaveLength(odd.length)
  expect(patch).toContain('"a/caf\\351.py"')
})

test('failures of git reach the user as one error with advice, never as a stack', async () => {
  const root = join(await scratch(), 'repo')
  await mkdir(join(root, '.git'), { recursive: true })
  const { exitCode, stderr } = await nightshift(root, 'collect', ['.'])
  expect([exitCode, stderr.trim().split('\n')]).toEqual([
    2,
    [expect.stringMatching(/^error: /), expect.stringMatching(/^ {7}/)],
  ])

  const { root: whole } = await foreignSession()
  const { stdout: node } = await execa('sh', ['-c', 'command -v node'])
  const without = await nightshift(whole, 'collect', ['.'], { PATH: join(node, '../none') })
  expect([without.exitCode, without.stderr]).toEqual([2, expect.stringContaining('error: git was not found.')])
})
