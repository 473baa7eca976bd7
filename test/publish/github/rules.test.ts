import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { place, postOf, token, world } from '../discussion/world.ts'
import { type GitHubServer, startGitHub } from './server.ts'
import { repositoryOf } from './store.ts'

let github: GitHubServer
beforeAll(async () => {
  github = await startGitHub()
})
afterAll(() => github.close())

const nightshift = {
  'package.json': '{ "name": "nightshift" }',
  'scripts/nightshift.ts': 'await main()',
}

test('a repository that everyone can read needs --public once', async () => {
  const here = await world(github)
  here.repository.visibility = 'PUBLIC'
  await expect(here.post(postOf(['The session.']), place)).rejects.toThrow(
    'my-lab/research is public: everyone could read the post.',
  )
  await here.post(postOf(['The session.']), { ...place, public: true })
  await here.post(postOf(['The whole session.']))
  expect(here.repository.discussions[0]?.body).toContain('The whole session.')
  // Another one needs it again; one that the whole enterprise can read does not.
  const other = repositoryOf('my-lab/other', { visibility: 'PUBLIC' })
  github.repositories.push(other)
  const there = { repository: 'my-lab/other', category: 'General' }
  await expect(here.post(postOf(['The session.']), there)).rejects.toThrow('my-lab/other is public')
  other.visibility = 'INTERNAL'
  await here.post(postOf(['The session.']), there)
  expect(here.plans.at(-1)?.steps[0]).toContain('(visible to its whole enterprise), category General')
})

test.each([
  ["Nightshift's own repository", { files: nightshift }],
  ['a fork of it', { parent: 'somebody/night-shift' }],
])('%s gets no diffs of another repository', async (_, given) => {
  const here = await world(github)
  github.repositories.push(repositoryOf('somebody/night-shift', { files: nightshift }))
  Object.assign(here.repository, given)
  await expect(here.post(postOf(['The session.']), place)).rejects.toThrow(
    'my-lab/research is a repository of Nightshift, or a fork of one, and the changes are of another repository.',
  )
  expect(github.writes).toEqual([])
})

test('a repository that only has a package.json of that name, or whose files the token may not read, is allowed', async () => {
  const here = await world(github)
  here.repository.files = { 'package.json': nightshift['package.json'] }
  await here.post(postOf(['The session.']), place)
  github.tokens[token] = { login: 'researcher', may: 'write', files: false }
  expect((await here.post(postOf(['The session.']))).done[0]?.[0]).toBe('unchanged')
})

test('what is given is remembered for the target, without the token', async () => {
  const here = await world(github)
  await here.post(postOf(['The session.']), place)
  const root = join(here.folder, '../..')
  for (const name of await readdir(root, { recursive: true, withFileTypes: true }))
    if (name.isFile()) expect(await readFile(join(name.parentPath, name.name), 'utf8')).not.toContain(token)
  const stored = JSON.parse(await readFile(join(root, 'work/destinations.json'), 'utf8'))
  expect(stored.destinations).toEqual([
    expect.objectContaining({
      target: '/home/somebody/nanochat',
      to: 'discussion',
      repository: 'my-lab/research',
      category: 'Research',
      public: false,
    }),
  ])
})

test('what is remembered of one GitHub is not used on another', async () => {
  const here = await world(github)
  await here.post(postOf(['The session.']), place)
  const other = github.api.replace('127.0.0.1', 'localhost')
  await expect(here.post(postOf(['The session.']), { api: other })).rejects.toThrow('No repository was given')
})

test('on a terminal repository and category are asked for', async () => {
  const here = await world(github)
  const asked: [string, string[] | undefined][] = []
  const ask = async (question: string, choices?: string[]) => {
    asked.push([question, choices])
    return choices ? 'General' : 'my-lab/research'
  }
  await here.post(postOf(['The session.']), {}, { ask })
  expect(asked).toEqual([
    ['Repository of the discussion (OWNER/NAME)?', undefined],
    ['Category of my-lab/research (General, Research)?', ['General', 'Research']],
  ])
  expect(here.repository.discussions[0]?.category).toBe('General')
})
