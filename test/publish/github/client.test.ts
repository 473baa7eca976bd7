import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { openGitHub } from '../../../scripts/publish/github/client.ts'
import { fakeClock } from './clock.ts'
import { type GitHubServer, startGitHub } from './server.ts'

let server: GitHubServer
beforeAll(async () => {
  server = await startGitHub()
})
afterAll(() => server.close())

function open() {
  const clock = fakeClock()
  server.reset(clock)
  server.tokens.secret = { login: 'researcher', may: 'write', files: true }
  return openGitHub({ api: server.api, token: 'secret', clock, terminal: { live: () => {}, step: () => {} } })
}

test.each([
  ['a field', 'query Wrong { node(id: "R_1") { ... on Repository { hasDiscussionsEnable } } }', 'hasDiscussionsEnable'],
  ['a type', 'query Wrong($id: Int!) { node(id: $id) { id } }', 'ID!'],
  [
    'an argument',
    'mutation Wrong { createDiscussion(input: { repositoryId: "R_1", title: "A", body: "B" }) { discussion { id } } }',
    'categoryId',
  ],
])("the tests' GitHub refuses %s that GitHub does not have", async (_, query, named) => {
  const refused = open().query('ask wrongly', query, { id: 1 }, z.object({}))
  await expect(refused).rejects.toMatchObject({
    message: `${new URL(server.api).host} refused to ask wrongly.`,
    advice: expect.stringContaining(named),
  })
})

test('requests are sent one after another, also when asked for together', async () => {
  const github = open()
  const read = (name: string) =>
    github.query('read', `query ${name} { node(id: "R_1") { id } }`, {}, z.object({ node: z.null() }))
  server.fail('First', { kind: 'answer', status: 403, headers: { 'retry-after': '20' } })
  await Promise.all(['First', 'Second', 'Third'].map(read))
  expect(server.log.map(line => line.replace(/:.*? query/, ' query').replace(/(query \w+).*/, '$1'))).toEqual(
    ['First', 'First', 'Second', 'Third'].map(name => `07 query ${name}`),
  )
  expect(github.clock.now()).toBe(Date.parse('2026-11-22T07:00:20Z'))
})
