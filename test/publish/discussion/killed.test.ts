import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readPosts } from '../../../scripts/record/files/posts.ts'
import { scratch } from '../../helpers/throwaway.ts'
import { fakeClock } from '../github/clock.ts'
import { type GitHubServer, startGitHub } from '../github/server.ts'
import { repositoryOf } from '../github/store.ts'
import { session, token } from './world.ts'

let github: GitHubServer
beforeAll(async () => {
  github = await startGitHub()
})
afterAll(() => github.close())

test.each([
  ['after the post was made', 1, true],
  ['after its first comment', 2, true],
  ['after the post was made, and the record is lost', 1, false],
])('a process that is killed %s leaves what the next one goes on from', async (_, writes, isRecorded) => {
  github.reset(fakeClock())
  github.tokens[token] = { login: 'researcher', may: 'write', files: true }
  const repository = repositoryOf('my-lab/research')
  github.repositories.push(repository)
  const folder = await scratch()
  const run = (env: Record<string, string>) =>
    execa(process.execPath, [join(import.meta.dirname, 'killed.ts'), github.api, folder], {
      env: { GITHUB_TOKEN: token, ...env },
      reject: false,
    })
  const killed = await run({ NIGHTSHIFT_FAILPOINT: `posted:${writes}` })
  expect(killed.signal).toBe('SIGKILL')
  expect(github.writes).toHaveLength(writes)
  const records = join(folder, 'sessions', session)
  expect(await readPosts(records)).toHaveLength(1)
  if (!isRecorded) await rm(records, { recursive: true })

  const { stdout, stderr } = await run({})
  expect([stderr, JSON.parse(stdout).sent]).toEqual(['', true])
  expect(github.writes.map(({ operation }) => operation)).toEqual(['Create', 'AddComment', 'AddComment'])
  const [made, ...others] = repository.discussions
  expect(others).toEqual([])
  expect(made?.comments.map(({ body }) => body.split('\n')[0])).toEqual(['One.', 'Two.'])
  expect((await readPosts(records)).map(({ id }) => id)).toEqual([made?.id])
})
