import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { readCommits } from '../../../scripts/collect/git/commits.ts'
import { withGit } from '../../../scripts/collect/git/git.ts'
import { type Patch, readPatches } from '../../../scripts/collect/git/patches.ts'
import { openTrees } from '../../../scripts/collect/git/trees.ts'
import { git, scratch } from '../../helpers/throwaway.ts'

test('many diffs read at once are those that git shows one by one, and one too large is only itself', async () => {
  const root = join(await scratch(), 'repo')
  await mkdir(root)
  await git(root, 'init', '-q', '-b', 'main')
  const large = 17
  const text = (i: number) =>
    i === large ? 'x\n'.repeat(3 * 2 ** 20) : `LR = ${i}\nAs ${'0'.repeat(40)} ${'1'.repeat(40)}\n`
  const stream = Array.from({ length: 40 }, (_, i) => {
    const path = i === large ? 'large.py' : 'train.py'
    return `commit refs/heads/main\ncommitter P <p@example.org> ${1_700_000_000 + i} +0000\ndata 1\nx\nM 100644 inline ${path}\ndata ${text(i).length}\n${text(i)}\n`
  })
  await execa('git', ['fast-import', '--quiet'], { cwd: root, input: stream.join('') })
  await withGit(root, 'file', async foreign => {
    const commits = (await readCommits(foreign, [await git(root, 'rev-parse', 'main')])).reverse()
    const pairs = commits.slice(1).flatMap((to, i) => (commits[i] ? [{ from: commits[i], to }] : []))
    const same = commits.slice(0, 1).map(commit => ({ from: commit, to: commit }))
    const found = await readPatches(foreign, openTrees(foreign), [...pairs, ...same], null)
    expect(found.map((patch, i) => (patch === 'large' ? i + 1 : null)).filter(Number)).toEqual([large])
    expect(found.at(-1)).toMatchObject({ text: '', paths: [] })
    for (const i of [0, 15, 17, 30, 31, 32, 38]) {
      const pair = pairs[i]
      const shown = await git(root, 'diff', '--full-index', `${pair?.from.sha}`, `${pair?.to.sha}`)
      expect((found[i] as Patch).text).toBe(`${shown}\n`)
    }
  })
})
