import { access, chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { files } from '../../../scripts/record/files/paths.ts'
import { git, scratch, sessionsOf, write } from '../../helpers/throwaway.ts'
import { commitAll, foreignSession, header } from '../foreignRepository.ts'
import { into } from '../into.ts'

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** The text of the only note with a code. */
const noteOf = ({ source }: Awaited<ReturnType<typeof into>>, code: string) =>
  source.notes.filter(note => note.code === code).map(({ text }) => text)

/** A clone with --filter whose remote leaves a mark when it is contacted. */
async function partialClone(filter: string, ...flags: string[]): Promise<{ root: string; mark: string }> {
  const { root: from } = await foreignSession()
  await git(from, 'config', 'uploadpack.allowFilter', 'true')
  const root = join(from, '../partial')
  await git(from, 'clone', '-q', `--filter=${filter}`, ...flags, `file://${from}`, root)
  const mark = join(from, '../contacted')
  const script = join(from, '../contact.sh')
  await writeFile(script, `#!/bin/sh\ntouch '${mark}'\nexec git-upload-pack "$@"\n`)
  await chmod(script, 0o755)
  await git(root, 'config', 'remote.origin.uploadpack', script)
  return { root, mark }
}

test.each(['blob:none', 'tree:0'])(
  'of a partial clone (%s) the table is read, and nothing is fetched',
  async filter => {
    const { root, mark } = await partialClone(filter)
    const found = await into(sessionsOf(root), root)
    expect(noteOf(found, 'partial')).toEqual([
      'The repository is a partial clone (--filter), and nothing was fetched: 2 changes are not known, for their files are missing. Clone it again without --filter.',
    ])
    expect([found.experiments, found.source.git?.found, found.source.warnings.map(({ code }) => code)]).toEqual([
      5,
      2,
      filter === 'tree:0' ? ['hours'] : ['unmeasured-commit', 'hours'],
    ])
    expect(await isThere(files.patch(found.folder, 1))).toBe(false)
    expect(await isThere(mark)).toBe(false)
    // It would have been: git as the user has it contacts the remote.
    await git(root, 'cat-file', '-p', 'HEAD~4:train.py')
    expect(await isThere(mark)).toBe(true)
  },
)

test.each([
  ['blob:none', 'results.tsv of the branch exp/A100/mar5'],
  ['tree:0', 'folders of the branch exp/A100/mar5, and of 1 other'],
])('a partial clone (%s) without its table is one clear error', async (filter, lacks) => {
  const { root, mark } = await partialClone(filter, '--no-checkout')
  await expect(into(sessionsOf(root), root)).rejects.toMatchObject({
    name: 'Failure',
    message: `The repository is a partial clone: it lacks ${lacks}, so no results table could be read.`,
    advice: 'Nothing was fetched. Clone it again without --filter.',
  })
  // A table beside it is enough.
  await writeFile(join(root, 'results.tsv'), `${header}abcdef1\t1\t4.0\tkeep\tstart\n`)
  expect((await into(sessionsOf(root), root, { dry: true })).experiments).toBe(1)
  expect(await isThere(mark)).toBe(false)
})

test('a shallow clone says which rows it cannot know', async () => {
  const { root: from } = await foreignSession()
  const clone = async (depth: number) => {
    const root = join(from, `../shallow${depth}`)
    await git(from, 'clone', '-q', '--depth', `${depth}`, `file://${from}`, root)
    return into(sessionsOf(root), root, { dry: true })
  }
  const one = await clone(1)
  expect([one.experiments, noteOf(one, 'shallow')]).toEqual([
    5,
    [
      'The repository is a shallow clone: it has only 1 commit of the branch. 4 rows name commits that it does not have, so their times and changes are not known. `git fetch --unshallow` in it gets all.',
    ],
  ])
  // The second keep's parent is there, yet it is not the baseline: the first keep lies between.
  const four = await clone(4)
  expect(noteOf(four, 'shallow')).toEqual([expect.stringContaining('has only 4 commits of the branch. 3 rows name')])
  expect([four.source.git, noteOf(four, 'base')]).toEqual([expect.objectContaining({ found: 1, base: null }), []])
})

/** A session in which experiment 1 changes train.py and the submodule `lib`. */
async function withSubmodule() {
  const { root, commits } = await foreignSession()
  const lib = join(root, '../lib')
  await mkdir(lib)
  await git(lib, 'init', '-q', '-b', 'main')
  await write(lib, { 'results.tsv': `${header}abcdef1\t1\t4.0\tkeep\tstart\n` })
  await commitAll(lib, '00:00:00', 'lib')
  await git(root, '-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', lib, 'lib')
  await commitAll(root, '02:00:00', 'a submodule')
  return { root, lib, commits }
}

test('submodules are said not to be read, and which rows changed one', async () => {
  const { root, lib } = await withSubmodule()
  const about = await into(sessionsOf(root), root, { dry: true })
  expect(noteOf(about, 'submodules')).toEqual([
    'A submodule is not read (lib), for the files are in other repositories: no row changed one.',
  ])
  await write(join(root, 'lib'), { 'x.py': '1\n' })
  await commitAll(join(root, 'lib'), '02:10:00', 'in the submodule')
  await commitAll(root, '02:20:00', 'faster')
  const sha = (await git(root, 'rev-parse', 'HEAD')).slice(0, 7)
  await writeFile(
    join(root, 'results.tsv'),
    `${await readFile(join(root, 'results.tsv'), 'utf8')}${sha}\t0.8\t4.0\tkeep\tfaster\n`,
  )
  expect(noteOf(await into(sessionsOf(root), root, { dry: true }), 'submodules')).toEqual([
    'A submodule is not read (lib), for the files are in other repositories: 0005 changed one, and the diffs do not show what changed inside. Collect its own repository to see its commits.',
  ])
  // The checked-out submodule is a repository by itself.
  expect((await into(sessionsOf(root), join(root, 'lib'), { dry: true })).source.git).toMatchObject({ branch: 'main' })
  expect(lib).not.toBe('')
})

test('a table that may be in a submodule is looked for there by the advice', async () => {
  const { root } = await withSubmodule()
  await git(root, 'rm', '-q', 'results.tsv')
  await commitAll(root, '02:30:00', 'no table')
  const bundle = join(root, '../session.bundle')
  await git(root, 'bundle', 'create', '-q', bundle, '--all')
  await expect(into(sessionsOf(root), bundle)).rejects.toMatchObject({
    message: 'No results table was found in 2 branches.',
    advice: expect.stringContaining('Submodules are not searched: if it is in one (lib), collect that folder.'),
  })
})

test('a submodule moved out of its repository, or a damaged repository, is one clear error', async () => {
  const { root } = await withSubmodule()
  const moved = join(await scratch(), 'moved')
  await rename(join(root, 'lib'), moved)
  await rm(join(moved, 'results.tsv'))
  await expect(into(sessionsOf(moved), moved)).rejects.toMatchObject({
    name: 'Failure',
    message: expect.stringMatching(/moved is not a git repository: its \.git names .*, which is not a folder\.$/),
    advice: 'Collect the repository that it belongs to, or only its results table.',
  })

  const { root: damaged } = await foreignSession()
  const blob = await git(damaged, 'rev-parse', 'HEAD:results.tsv')
  await rm(join(damaged, 'results.tsv'))
  await rm(join(damaged, '.git/objects', blob.slice(0, 2), blob.slice(2)))
  await expect(into(sessionsOf(damaged), damaged)).rejects.toMatchObject({
    name: 'Failure',
    message:
      'The repository is damaged: it lacks results.tsv of the branch exp/A100/mar5, so no results table could be read.',
  })
})
