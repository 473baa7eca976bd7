import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { git, scratch, sessionsOf, write } from '../../helpers/throwaway.ts'
import { header } from '../foreignRepository.ts'
import { into } from '../into.ts'

const who = ['-c', 'user.name=P', '-c', 'user.email=p@example.org']

/** A session whose table is not committed: experiments on `main`, which starts at LR = 1 with the row of its baseline. */
async function startSession(contents: Record<string, string> = {}) {
  const root = join(await scratch(), 'repo')
  await write(root, { 'train.py': 'LR = 1\n', '.gitignore': 'results.tsv\n', ...contents })
  await git(root, 'init', '-q', '-b', 'main')
  let metric = 2
  const rows: string[] = []
  const row = async (status: string, description: string) => {
    metric -= 0.01
    rows.push(
      `${await git(root, 'rev-parse', '--short', 'HEAD')}\t${metric.toFixed(4)}\t4.0\t${status}\t${description}`,
    )
    await writeFile(join(root, 'results.tsv'), `${header}${rows.join('\n')}\n`)
  }
  const commit = async (subject: string, changed: Record<string, string> = {}) => {
    await write(root, changed)
    await git(root, 'add', '-A')
    await git(root, ...who, 'commit', '-q', '--allow-empty', '-m', subject)
    return (await git(root, 'rev-parse', 'HEAD')).slice(0, 7)
  }
  const change = (value: number | string) => commit(`LR ${value}`, { 'train.py': `LR = ${value}\n` })
  const revert = (commit = 'HEAD') => git(root, ...who, 'revert', '--no-edit', commit)
  await commit('start')
  await row('keep', 'baseline')
  return { root, row, commit, change, revert, run: (...args: string[]) => git(root, ...who, ...args) }
}

const warnings = async (root: string): Promise<string[]> =>
  (await into(sessionsOf(root), root, { dry: true })).source.warnings
    .filter(({ code }) => code !== 'better-discarded')
    .map(({ code, text }) => `${code}: ${text}`)

test('a revert and a commit of notes alone were not left unmeasured', async () => {
  const { root, row, commit, change, revert } = await startSession()
  await change(2)
  await row('keep', 'LR 2')
  await change(3)
  await row('discard', 'LR 3')
  await revert()
  await commit('docs: notes', { 'README.md': 'notes\n', 'docs/plot.png': 'x' })
  await change(1.5)
  await row('keep', 'LR 1.5')
  expect(await warnings(root)).toEqual([])
})

test('a revert of a revert, a cherry-pick and a merge have the code of a row', async () => {
  const { root, row, change, revert, run } = await startSession()
  await run('switch', '-q', '-c', 'side')
  await change(2)
  await row('keep', 'LR 2')
  await revert()
  await revert()
  await run('switch', '-q', 'main')
  await run('commit', '-q', '--allow-empty', '-m', 'nothing')
  await run('cherry-pick', 'side~2')
  await run('merge', '-q', '--no-edit', 'side')
  await change(4)
  await row('keep', 'LR 4')
  expect(await warnings(root)).toEqual([])
})

test('a merge that makes new code, and a change of code beside a change of notes, were never measured', async () => {
  const { root, row, commit, run } = await startSession({ 'model.py': 'DEPTH = 8\n' })
  await run('switch', '-q', '-c', 'side')
  await commit('LR 2', { 'train.py': 'LR = 2\n' })
  await row('keep', 'LR 2')
  await run('switch', '-q', 'main')
  await commit('depth 9', { 'model.py': 'DEPTH = 9\n' })
  await row('keep', 'depth 9')
  await run('merge', '-q', '--no-edit', '-m', 'both', 'side')
  await commit('depth 10', { 'model.py': 'DEPTH = 10\n', 'notes.md': 'deeper\n' })
  const [merge, deeper] = (await git(root, 'log', '-2', '--format=%h', '--reverse', '--abbrev=7')).split('\n')
  expect((await warnings(root)).filter(text => text.startsWith('unmeasured'))).toEqual([
    expect.stringContaining(`${merge} (“both”`),
    expect.stringContaining(`${deeper} (“depth 10”`),
  ])
})

test('program.md may declare what is edited; other changes of the rows do not count', async () => {
  const program = '---\nedit: train.py\nrun: python train.py\nmetric: val_bpb\n---\nLower it.\n'
  const { root, row, commit } = await startSession({ 'program.md': program, 'tool.py': 'T = 1\n' })
  await commit('LR 2', { 'train.py': 'LR = 2\n', 'tool.py': 'T = 2\n' })
  await row('keep', 'LR 2')
  await commit('tool', { 'tool.py': 'T = 3\n' })
  expect(await warnings(root)).toEqual([])
  await commit('LR 3', { 'train.py': 'LR = 3\n' })
  expect(await warnings(root)).toEqual([
    expect.stringMatching(/^unmeasured-commit: .*is on the branch and in no row: it was never measured\.$/),
    expect.stringContaining('tip-differs'),
  ])
})

test('where prompts are what is edited, they are the code', async () => {
  const { root, row, commit } = await startSession({ 'prompt.md': 'Be brief.\n' })
  await commit('be kind', { 'prompt.md': 'Be kind.\n' })
  await row('keep', 'be kind')
  await commit('be wise', { 'prompt.md': 'Be wise.\n' })
  expect(await warnings(root)).toEqual([expect.stringContaining('“be wise”'), expect.stringContaining('tip-differs')])
})

test('a discard that was reverted after later changes was taken back', async () => {
  const { root, row, commit, revert } = await startSession({ 'model.py': 'DEPTH = 8\n' })
  await commit('LR 2', { 'train.py': 'LR = 2\n' })
  await row('keep', 'LR 2')
  await commit('depth 9', { 'model.py': 'DEPTH = 9\n' })
  await row('discard', 'depth 9')
  await commit('LR 3', { 'train.py': 'LR = 3\n' })
  await row('keep', 'LR 3')
  await revert('HEAD~1')
  expect((await warnings(root)).filter(text => text.startsWith('discard-on-branch'))).toEqual([])
})

test('the change of a kept row without a commit is not taken for the next one', async () => {
  const { root, row, change } = await startSession()
  await change(2)
  await row('keep', 'LR 2')
  await change(3)
  await row('keep', 'LR 3')
  await change(4)
  await row('keep', 'LR 4')
  const table = (await readFile(join(root, 'results.tsv'), 'utf8')).split('\n')
  table[3] = table[3]?.replace(/^\w+/, 'deadbee') ?? ''
  await writeFile(join(root, 'results.tsv'), table.join('\n'))
  const { folder } = await into(sessionsOf(root), root)
  expect(await readFile(join(folder, 'runs/0003/change.patch'), 'utf8')).toContain('-LR = 3\n+LR = 4\n')
})

test('a discard that was reset is read as long as git keeps it, and its code was measured', async () => {
  const { root, row, change, run } = await startSession()
  await change(3)
  await row('discard', 'LR 3')
  await run('reset', '-q', '--hard', 'HEAD~1')
  await change(2)
  await row('keep', 'LR 2')
  await change(3)
  const { folder, source } = await into(sessionsOf(root), root)
  expect(source.git?.found).toBe(3)
  expect(await readFile(join(folder, 'runs/0001/change.patch'), 'utf8')).toContain('-LR = 1\n+LR = 3\n')
  expect(source.warnings.filter(({ code }) => code === 'unmeasured-commit')).toEqual([])
  // Once git has deleted its files, nothing is known of it.
  await run('reflog', 'expire', '--expire=now', '--all')
  await run('prune', '--expire=now')
  expect((await into(sessionsOf(root), root, { dry: true })).source.git?.found).toBe(2)
})

test('a commit that was measured only together with a later one says so, and many are one warning', async () => {
  const { root, row, change, commit } = await startSession({ 'model.py': 'DEPTH = 8\n' })
  await change(2)
  await row('keep', 'LR 2')
  await commit('depth 9', { 'model.py': 'DEPTH = 9\n' })
  await change(3)
  await commit('tidy', { 'model.py': 'DEPTH = 9 # layers\n' })
  await row('keep', 'LR 3 and depth 9')
  const own = (await warnings(root)).filter(text => text.startsWith('unmeasured'))
  expect(own).toEqual([
    expect.stringMatching(/“depth 9”.* was never measured by itself\. 0002 is the first row that contains it\.$/),
    expect.stringMatching(/“LR 3”.* was never measured by itself\. 0002 is the first row that contains it\.$/),
  ])
  for (let value = 4; value < 20; value++) await change(value)
  expect((await warnings(root)).filter(text => text.startsWith('unmeasured'))).toEqual([
    expect.stringMatching(
      /^unmeasured-commits: 18 commits .* The first is \w{7} \(“depth 9”.*, the last \w{7} \(“LR 19”.*\)\.$/,
    ),
  ])
})

test('where no change of a row is known, only files of the baseline count', async () => {
  const { root, commit } = await startSession()
  await commit('plots', { 'plot.py': 'show()\n' })
  await commit('better plots', { 'plot.py': 'show(1)\n' })
  expect(await warnings(root)).toEqual([])
})
