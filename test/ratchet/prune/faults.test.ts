import { readFile, rm } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { files } from '../../../scripts/record/files/paths.ts'
import { type Finished, git, nightshift } from '../../helpers/throwaway.ts'
import { args, commitOf, needy, open, steps, type Target, target } from './doubtful.ts'

/** Kills a session and then its resumptions at these failpoints, one after the other, and lets it end. */
async function killedAt(points: string[], given: Target, finished: Finished): Promise<string> {
  const root = await target(given, finished)
  for (const [i, point] of points.entries()) {
    const asked = i === 0 ? args() : ['resume']
    const killed = await nightshift(root, 'session', asked, { NIGHTSHIFT_FAILPOINT: point })
    expect(killed.signal, `${point}: ${killed.stderr}`).toBe('SIGKILL')
  }
  const resumed = await nightshift(root, 'session', ['resume'])
  expect(resumed.exitCode, resumed.stderr).toBe(0)
  return root
}

async function checkRefs(root: string): Promise<void> {
  const { experiments } = await open(root)
  const refs = await git(root, 'for-each-ref', '--format=%(refname:lstrip=3)', 'refs/autoresearch/try')
  expect(refs.split('\n')).toEqual(['0001', '0002', '0002-final', '0003', '0004', '0005'])
  expect(await commitOf(root, 'autoresearch/try')).toBe(experiments[2]?.commit)
  expect((await git(root, 'worktree', 'list')).split('\n')).toHaveLength(1)
  expect(await git(root, 'status', '--porcelain')).toBe('')
}

test('a session killed again and again before and in confirm of a pruned head has one final', {
  timeout: 120_000,
}, async ({ onTestFinished }) => {
  // "run-finished:2" is the second run of confirm.
  const points = [
    'final ref written:1',
    'inside final:1',
    'final branch moved:1',
    'after run-finished:2',
    'after look:1',
  ]
  const root = await killedAt(points, {}, onTestFinished)
  const { session, experiments, finals, digest, folder } = await open(root)
  expect(finals).toHaveLength(1)
  expect(session.final).toMatchObject({ head: 2, removed: [{ experiment: 2 }], branch: 'autoresearch/try-final' })
  expect(await commitOf(root, 'autoresearch/try-final')).toBe(session.final?.commit)
  expect(await commitOf(root, 'refs/autoresearch/try/0002-final')).toBe(session.final?.commit)
  expect(await readFile(files.finalPatch(folder), 'utf8')).toBe(
    `${await git(root, 'diff', '--full-index', session.baseCommit ?? '', 'autoresearch/try-final')}\n`,
  )
  expect(experiments[2]?.runs.filter(r => r.purpose === 'confirm').every(r => r.commit === session.final?.commit)).toBe(
    true,
  )
  expect(digest.confirmed?.gain).toBeCloseTo(0.2, 2)
  await checkRefs(root)
})

const [plain = '', lucky = '', ...bad] = steps

test('a pruned head that does not run gives way to the head, also when the session is killed meanwhile', {
  timeout: 120_000,
}, async ({ onTestFinished }) => {
  // The first final is the pruned head, the second the head.
  const points = ['inside final:2', 'final branch moved:1']
  const root = await killedAt(points, { steps: [lucky, plain, ...bad], trainer: needy }, onTestFinished)
  const { session, experiments, finals, digest } = await open(root)
  expect(finals).toHaveLength(2)
  expect(session.final).toMatchObject({ head: 2, removed: [], commit: experiments[2]?.commit })
  expect(await commitOf(root, 'autoresearch/try-final')).toBeNull()
  expect(digest.confirmed?.gain).toBeCloseTo(0.1, 1)
  await checkRefs(root)
})

test('final.patch and the branch are restored when they are lost', { timeout: 120_000 }, async () => {
  const root = await target()
  expect((await nightshift(root, 'session', args())).exitCode).toBe(0)
  const { id, folder, session } = await open(root)
  const patch = await readFile(files.finalPatch(folder), 'utf8')
  await git(root, 'update-ref', '-d', 'refs/heads/autoresearch/try-final')
  await git(root, 'update-ref', '-d', 'refs/autoresearch/try/0002-final')
  await rm(files.finalPatch(folder))
  const again = await nightshift(root, 'confirm', [id, '--seeds', '1'])
  expect(again.exitCode, again.stderr).toBe(0)
  expect(await commitOf(root, 'autoresearch/try-final')).toBe(session.final?.commit)
  expect(await commitOf(root, 'refs/autoresearch/try/0002-final')).toBe(session.final?.commit)
  expect(await readFile(files.finalPatch(folder), 'utf8')).toBe(patch)
})
