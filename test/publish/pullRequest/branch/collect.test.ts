import '../places.ts'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openRepository } from '../../../../scripts/lib/git/git.ts'
import { makeBranch } from '../../../../scripts/publish/pullRequest/branch/branch.ts'
import { readSession } from '../../../../scripts/record/files/paths.ts'
import { git, nightshift, scratch, sessionsOf } from '../../../helpers/throwaway.ts'
import { makeSession, targetRepository } from '../sessions.ts'

test('a session’s folder on a branch can be collected by who has the branch', async () => {
  const made = await makeSession(await targetRepository(onTestFinished))
  const { root, session, experiments, folder, commits } = made
  const repository = await openRepository(root)
  const proposal = { base: commits[0] ?? '', tip: commits.at(-1) ?? '', about: '', adopted: null }
  const { tip } = await makeBranch(repository, session, proposal, { keepPaths: false, withLogs: false }, folder)
  const copy = join(await scratch(), 'copy')
  await git(root, 'worktree', 'add', '-q', '--detach', copy, tip)
  const collected = await nightshift(copy, 'collect', [join(copy, 'sessions', session.id)])
  expect(collected.exitCode, collected.stderr).toBe(0)
  expect(await readdir(sessionsOf(copy))).toEqual([session.id])
  const read = await readSession(join(sessionsOf(copy), session.id))
  expect(read.experiments.map(e => [e.number, e.commit])).toEqual(experiments.map(e => [e.number, e.commit]))
})
