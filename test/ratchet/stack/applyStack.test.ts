/** Changes of one session's records on a commit of another repository. Real git, records by hand. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { openRepository } from '../../../scripts/lib/git/git.ts'
import { applyEach, applyStack, movedPaths } from '../../../scripts/ratchet/stack/applyStack.ts'
import type { Stack } from '../../../scripts/ratchet/stack/stackOf.ts'
import type { Experiment } from '../../../scripts/record/schema.ts'
import { git, repository, scratch } from '../../helpers/throwaway.ts'

const lines = (...changed: [number, string][]): string =>
  Array.from({ length: 20 }, (_, i) => changed.find(([n]) => n === i)?.[1] ?? `L${i} = ${i}`).join('\n') + '\n'

/** A session of another repository that kept these versions of a file, one after the other. */
async function sessionOf(path: string, ...versions: string[]): Promise<Stack> {
  const root = join(await scratch(), 'theirs')
  await mkdir(dirname(join(root, path)), { recursive: true })
  await git(root, 'init', '-q')
  const patches: string[] = []
  for (const [i, text] of versions.entries()) {
    await writeFile(join(root, path), text)
    await git(root, 'add', '-A')
    await git(root, '-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '-qm', String(i))
    if (i > 0) patches.push(`${await git(root, 'diff', '--full-index', '--binary', 'HEAD^', 'HEAD')}\n`)
  }
  const changes = patches.map((patch, i) => ({ experiment: { number: i + 1 } as Experiment, patch }))
  const session = { program: path.includes('/') ? `${dirname(path)}/program.md` : 'program.md' } as Stack['session']
  return {
    session,
    experiments: [],
    changes,
    inherited: null,
    finalPatch: null,
    source: new Map([[path, versions[0] ?? '']]),
  }
}

const target = { program: 'program.md', edit: ['train.py'] }
const numbers = (applied: { number: number }[]) => applied.map(({ number }) => number)

test('the final of another repository applies as one patch, where lines around it differ too', async () => {
  const stack = await sessionOf('train.py', lines(), lines([3, 'L3 = 30']), lines([3, 'L3 = 30'], [4, 'L4 = 40']))
  const root = await repository({ 'train.py': lines([9, 'L9 = here']) })
  const ours = await openRepository(root)
  const found = await applyStack(ours, ours.head, stack, target)
  expect({ ...found, applied: numbers(found.applied), tree: '' }).toEqual({
    tree: '',
    applied: [1, 2],
    failed: [],
    isFinal: true,
  })
  expect(await git(root, 'cat-file', 'blob', `${found.tree}:train.py`)).toBe(
    lines([3, 'L3 = 30'], [4, 'L4 = 40'], [9, 'L9 = here']).trim(),
  )
  expect(await git(root, 'status', '--porcelain')).toBe('')
})

test('a change that conflicts is left out and named, and the others apply; each is tried by itself too', async () => {
  const stack = await sessionOf(
    'train.py',
    lines(),
    lines([3, 'L3 = 30']),
    lines([3, 'L3 = 30'], [15, 'L15 = 150']),
    lines([3, 'L3 = 33'], [15, 'L15 = 150']),
  )
  const root = await repository({ 'train.py': lines([15, 'L15 = other']) })
  const ours = await openRepository(root)
  const found = await applyStack(ours, ours.head, stack, target)
  expect(numbers(found.applied)).toEqual([1, 3])
  expect(found.failed).toEqual([{ experiment: { number: 2 }, why: 'does not apply to train.py' }])
  expect(found.isFinal).toBe(false)
  const each = await applyEach(ours, ours.head, stack, target)
  expect(each.map(one => ('why' in one ? one.why : 'applies'))).toEqual([
    'applies',
    'does not apply to train.py',
    'does not apply to train.py',
  ])
})

test('what is there already, what program.md does not let change, and a patch that was altered are told apart', async () => {
  const stack = await sessionOf('train.py', lines(), lines([9, 'x']), lines([3, 'KEY = "sk-abc"'], [9, 'x']))
  const root = await repository({ 'train.py': lines([9, 'x']) })
  const ours = await openRepository(root)
  const [first, second] = stack.changes as [Stack['changes'][0], Stack['changes'][0]]
  const altered = { ...stack, changes: [first, { ...second, patch: second.patch.replace('sk-abc', '[key]') }] }
  const found = await applyStack(ours, ours.head, altered, target)
  expect(found.failed.map(({ why }) => why)).toEqual([
    'changes nothing here: the lines are as it makes them',
    'is not recorded as it was run: a key or a path was taken out of its patch',
  ])
  expect(found.tree).toBe(await git(root, 'rev-parse', 'HEAD^{tree}'))
  const other = await applyStack(ours, ours.head, { ...stack, changes: [second] }, { ...target, edit: ['model.py'] })
  expect(other.failed[0]?.why).toBe('may not run: it changes train.py, which is not in edit (model.py)')
})

test('files lie beside program.md, wherever that is, and a path outside the repository is no path', async () => {
  const stack = await sessionOf('examples/toy/train.py', lines(), lines([3, 'L3 = 30']))
  const root = await repository({ 'train.py': lines() })
  const ours = await openRepository(root)
  expect(numbers((await applyStack(ours, ours.head, stack, target)).applied)).toEqual([1])
  expect(movedPaths('a', 'b/c')).toEqual(['-p2', '--directory=b/c'])
  const [change] = stack.changes as [Stack['changes'][0]]
  const hostile = change.patch.replaceAll('examples/toy/train.py', 'examples/toy/../../../evil.py')
  const found = await applyStack(ours, ours.head, { ...stack, changes: [{ ...change, patch: hostile }] }, target)
  expect(found.applied).toEqual([])
  expect(found.failed[0]?.why).toMatch(/^does not apply: /)
})
