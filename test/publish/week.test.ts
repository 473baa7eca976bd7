/** The workflow of docs/publishing.md that posts each week, its step run against a GitHub on this machine. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { notebook } from '../../scripts/lib/paths.ts'
import { writeSession } from '../helpers/exampleSessions.ts'
import { scratch } from '../helpers/throwaway.ts'
import { type GitHubServer, startGitHub } from './github/server.ts'
import { repositoryOf } from './github/store.ts'

interface Step {
  run?: string
  env?: Record<string, string>
}
interface Workflow {
  permissions: unknown
  jobs: { post: { permissions: unknown; steps: Step[] } }
}

let github: GitHubServer
let workflow: Workflow
beforeAll(async () => {
  github = await startGitHub()
  const docs = await readFile(join(notebook, 'docs/publishing.md'), 'utf8')
  workflow = parse(
    [...docs.matchAll(/```yaml\n(.*?)```/gs)].find(([, text]) => text?.startsWith('name: Week'))?.[1] ?? '',
  )
})
afterAll(() => github.close())

test('the job may write discussions, and only its last step has the token', () => {
  expect(workflow.permissions).toEqual({})
  expect(workflow.jobs.post.permissions).toEqual({ contents: 'read', discussions: 'write' })
  expect(workflow.jobs.post.steps.map(({ env }) => env)).toEqual([
    undefined,
    undefined,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's workflows
    { GITHUB_TOKEN: '${{ github.token }}' },
  ])
})

test('its step posts the week once, and nothing in a week without sessions', { timeout: 60_000 }, async () => {
  const root = await scratch()
  const repository = repositoryOf('my-lab/research')
  github.repositories.push(repository)
  github.tokens.ghs_abcdefghijklmnopqrst = { login: 'github-actions', may: 'write', files: true }
  const run = () =>
    execa('sh', ['-ec', workflow.jobs.post.steps.at(-1)?.run ?? ''], {
      cwd: notebook,
      env: {
        GITHUB_TOKEN: 'ghs_abcdefghijklmnopqrst',
        GITHUB_REPOSITORY: 'my-lab/research',
        GITHUB_API_URL: github.api,
        NIGHTSHIFT_SESSIONS: join(root, 'sessions'),
        NIGHTSHIFT_WORK: join(root, 'work'),
      },
      all: true,
    })
  expect((await run()).all).toContain('no session started in the last seven days')
  expect(github.log).toEqual([])

  for (const hours of [20, 44]) {
    const startedAt = new Date(Date.now() - hours * 3_600_000).toISOString()
    await writeSession(join(root, 'sessions'), { id: `h100-${hours}`, experiments: 6, startedAt })
  }
  expect((await run()).all).toMatch(/created +http/)
  expect((await run()).all).toMatch(/unchanged +http/)
  expect(repository.discussions).toHaveLength(1)
  expect(repository.discussions[0]).toMatchObject({ category: 'Research', author: 'github-actions' })
  expect(repository.discussions[0]?.title).toMatch(/^Week \d{4}-W\d\d: 2 sessions on 1 machine, /)
})
