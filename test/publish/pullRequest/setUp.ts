/** A target with a session, and a GitHub that has the target's repository. */
import { onTestFinished } from 'vitest'
import { git } from '../../helpers/throwaway.ts'
import { type FakeGitHub, type Repository, startGitHub } from './github/server.ts'
import { type Made, makeSession, targetRepository } from './sessions.ts'

export interface Place extends Made {
  github: FakeGitHub
  /** my-lab/nanochat, the remote `origin`. */
  lab: Repository
}

export async function setUp(options: Parameters<typeof makeSession>[1] = {}): Promise<Place> {
  const github = await startGitHub(onTestFinished)
  const root = await targetRepository(onTestFinished)
  const lab = github.add('my-lab/nanochat')
  await git(root, 'remote', 'add', 'origin', github.remoteOf(lab))
  await git(root, 'push', '-q', 'origin', 'main')
  return { github, lab, ...(await makeSession(root, options)) }
}
