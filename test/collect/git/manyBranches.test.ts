import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { git, nightshift, scratch, sessionsOf } from '../../helpers/throwaway.ts'
import { into } from '../into.ts'
import { branchName, manyBranches } from './manyBranches.ts'

const dry = { dry: true }

test('of 300 branches, each with its own table, the one with most commits of its table is read', async () => {
  const folder = await scratch()
  const root = await manyBranches(folder, { branches: 300, commits: 12, files: 60, longest: 137 })
  const { source, experiments } = await into(join(folder, 'in'), root, dry)
  expect([source.git?.branch, source.git?.found, experiments]).toEqual([branchName(137), 13, 13])
  expect(source.git?.why).toBe('It has 13 commits of the table, the most of 300 branches.')
})

test('branches that fit equally well are counted, and --branch is named', async () => {
  const folder = await scratch()
  const root = await manyBranches(folder, { branches: 5, commits: 4, files: 0, longest: -1 })
  const { source } = await into(join(folder, 'in'), root, dry)
  expect([source.git?.branch, source.git?.why]).toEqual([
    branchName(4),
    'It has 4 commits of the table, as have 4 others of 5 branches, and is the newest of them: --branch NAME reads another.',
  ])
  const named = await into(join(folder, 'in'), root, { ...dry, branch: branchName(2) })
  expect(named.source.git).toMatchObject({ branch: branchName(2), found: 4 })
})

test('the number of processes does not grow with branches and commits', async () => {
  const folder = await scratch()
  const started = async (branches: number, commits: number): Promise<number> => {
    const at = join(folder, `${branches}`)
    await mkdir(at)
    const root = await manyBranches(at, { branches, commits, files: 40, longest: 1 })
    const log = join(at, 'log')
    const result = await nightshift(root, 'collect', ['.', '--dry-run', '--branch', 'exp/001'], {
      PATH: await counting(at, log),
    })
    expect([result.exitCode, result.stderr]).toEqual([0, expect.stringContaining('exp/001')])
    const lines = (await readFile(log, 'utf8')).trim().split('\n')
    // The diffs of 32 rows take one process.
    return lines.filter(line => !line.includes('diff-tree')).length
  }
  expect(await started(60, 40)).toBe(await started(3, 4))
})

/** A PATH on which git writes its arguments to a file first. */
async function counting(folder: string, log: string): Promise<string> {
  const { stdout: real } = await execa('sh', ['-c', 'command -v git'])
  await mkdir(join(folder, 'bin'))
  await writeFile(join(folder, 'bin/git'), `#!/bin/sh\necho "$*" >> '${log}'\nexec '${real}' "$@"\n`)
  await chmod(join(folder, 'bin/git'), 0o755)
  return `${join(folder, 'bin')}:${process.env.PATH}`
}

test("a clone's branches of its remote are searched as well, and named without the remote", async () => {
  const folder = await scratch()
  const from = await manyBranches(folder, { branches: 3, commits: 3, files: 0, longest: 1 })
  const root = join(folder, 'clone')
  await git(folder, 'clone', '-q', from, root)
  const { source, id } = await into(sessionsOf(root), root, dry)
  expect([source.git?.branch, source.git?.found]).toEqual(['origin/exp/001', 4])
  expect(id).toContain('-001')
  const named = await into(sessionsOf(root), root, { ...dry, branch: 'exp/002' })
  expect(named.source.git).toMatchObject({ branch: 'origin/exp/002', found: 3 })
})

test('commits of a checkout without a branch are read', async () => {
  const folder = await scratch()
  const from = await manyBranches(folder, { branches: 1, commits: 3, files: 0, longest: 0 })
  const root = join(folder, 'clone')
  await git(folder, 'clone', '-q', from, root)
  await git(root, 'checkout', '-q', '--detach', 'origin/exp/000')
  await git(root, '-c', 'user.name=P', '-c', 'user.email=p@example.org', 'commit', '-q', '--allow-empty', '-m', 'here')
  expect((await into(sessionsOf(root), root, dry)).source.git).toMatchObject({ branch: 'HEAD', found: 4 })
})

test('a linked worktree, and a repository of SHA-256 hashes, are read', async () => {
  const folder = await scratch()
  const from = await manyBranches(folder, { branches: 1, commits: 3, files: 0, longest: 0 })
  const linked = join(folder, 'linked')
  await git(from, 'worktree', 'add', '-q', linked, 'exp/000')
  expect((await into(join(folder, 'in'), linked, dry)).source.git).toMatchObject({ branch: 'exp/000', found: 4 })

  const wide = join(folder, 'wide')
  await git(folder, 'init', '-q', '-b', 'main', '--object-format=sha256', wide)
  await writeFile(join(wide, 'results.tsv'), 'commit\tval_bpb\tstatus\tdescription\nabcdef1\t1\tkeep\tstart\n')
  await git(wide, 'add', '-A')
  await git(wide, '-c', 'user.name=P', '-c', 'user.email=p@example.org', 'commit', '-qm', 'table')
  expect((await into(join(folder, 'in'), wide, dry)).source.git?.tip).toHaveLength(64)
})

test('other tables of the branch are named with the flag that reads them', async () => {
  const folder = await scratch()
  const from = await manyBranches(folder, { branches: 1, commits: 3, files: 0, longest: 0 })
  const root = join(folder, 'clone')
  await git(folder, 'clone', '-q', '-b', 'exp/000', from, root)
  await writeFile(join(root, 'results_b.tsv'), await readFile(join(root, 'results.tsv')))
  await git(root, 'add', '-A')
  await git(root, '-c', 'user.name=P', '-c', 'user.email=p@example.org', 'commit', '-qm', 'more')
  const { source } = await into(sessionsOf(root), root, dry)
  expect(source.notes.map(({ text }) => text)).toContain(
    'The branch has other tables: results_b.tsv. --table PATH reads another.',
  )
})
