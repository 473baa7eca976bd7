import { type AddressInfo, createServer } from 'node:net'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { Failure } from '../../../scripts/lib/errors.ts'
import { type Fault, type GitHubServer, startGitHub } from '../github/server.ts'
import { place, postOf, token, type World, world, writesOf } from './world.ts'

let github: GitHubServer
beforeAll(async () => {
  github = await startGitHub()
})
afterAll(() => github.close())

const limited = { errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded for user ID 1.' }] }
const secondary = {
  message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
}
const inSeconds = ({ clock }: World, seconds: number) => String(Math.ceil(clock.now() / 1000) + seconds)

/** The failure of a post, whole, without the token anywhere in it. */
async function failureOf(posting: Promise<unknown>): Promise<string> {
  const error = await posting.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Failure)) throw error ?? new Error('It did not fail.')
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    expect(`${cause.message} ${cause.stack} ${JSON.stringify(cause)}`).not.toContain(token)
  return `${error.message}\n${error.advice}`
}

test('writes are sent one after another, at least a second apart', async () => {
  const here = await world(github)
  await here.post(postOf(['The session.', 'One.', 'Two.', 'Three.']), place)
  const times = github.writes.map(({ at }) => at)
  expect(times).toHaveLength(5)
  for (const [i, at] of times.slice(1).entries()) expect(at - (times[i] ?? 0)).toBeGreaterThanOrEqual(1000)
})

test.each<[string, (here: World) => Fault, number, boolean]>([
  [
    'retry-after',
    () => ({ kind: 'answer', status: 403, headers: { 'retry-after': '30' }, body: secondary }),
    30,
    false,
  ],
  ['retry-after of 429', () => ({ kind: 'answer', status: 429, headers: { 'retry-after': '90' } }), 90, true],
  [
    'x-ratelimit-reset',
    here => ({
      kind: 'answer',
      status: 200,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(here, 1500) },
      body: limited,
    }),
    1500,
    true,
  ],
  ['a secondary limit without a time', () => ({ kind: 'answer', status: 403, body: secondary }), 60, false],
  [
    'a secondary limit in an answer of 200',
    () => ({ kind: 'answer', status: 200, body: { errors: [secondary] } }),
    60,
    false,
  ],
])('%s is waited for, told when it is long, and the write is sent once more', async (_, fault, seconds, isTold) => {
  const here = await world(github)
  github.fail('Create', fault(here))
  const start = here.clock.now()
  await here.post(postOf(['The session.']), place)
  expect(writesOf(here)).toEqual(['Create', 'Create', 'AddLabels'])
  expect(here.repository.discussions).toHaveLength(1)
  const waited = (here.clock.now() - start) / 1000
  expect(waited).toBeGreaterThanOrEqual(seconds)
  expect(waited).toBeLessThan(seconds + 10)
  const until = new Date(start + seconds * 1000 + 1000).toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
  })
  expect(here.shown.filter(line => line.startsWith('waiting'))).toEqual(
    isTold ? [`waiting until ${until}, when ${new URL(github.api).host} takes requests again (rate limit)`] : [],
  )
})

test('a limit that ends in hours, or is met again and again, is an error', async () => {
  const here = await world(github)
  github.fail('Create', { kind: 'answer', status: 403, headers: { 'retry-after': '90000' }, body: secondary })
  expect(await failureOf(here.post(postOf(['The session.']), place))).toMatch(
    /takes no further requests until 23 Nov 2026, \d\d:\d\d\./,
  )
  const again = await world(github)
  github.fail('Create', ...Array.from({ length: 5 }, (): Fault => ({ kind: 'answer', status: 403, body: secondary })))
  expect(await failureOf(again.post(postOf(['The session.']), place))).toContain(
    'refused the same request 5 times for its rate limit',
  )
})

test.each<[string, (here: World) => Fault]>([
  ['the connection breaks after the write', () => ({ kind: 'lost' })],
  ['the answer breaks off', () => ({ kind: 'cut' })],
  ['a gateway answers 502', () => ({ kind: 'gateway' })],
  ['the write is done seconds later', ({ clock }) => ({ kind: 'late', milliseconds: 8000, clock })],
])('when %s, the post is found and not created twice, nor its comments', async (_, fault) => {
  const here = await world(github)
  github.fail('Create', fault(here))
  const post = postOf(['The session.', 'One.', 'Two.'])
  github.fail('AddComment', { kind: 'lost' })
  const { address } = await here.post(post, place)
  expect(writesOf(here)).toEqual(['Create', 'AddComment', 'AddComment', 'AddLabels'])
  const [made, ...others] = here.repository.discussions
  expect(others).toEqual([])
  expect(address).toMatch(new RegExp(`/my-lab/research/discussions/${made?.number}$`))
  expect(made?.comments.map(({ body }) => body)).toEqual(post.parts.slice(1))
})

test('a lost update, deletion or label is looked for, and not sent again', async () => {
  const here = await world(github)
  await here.post(postOf(['The session.', 'One.'], { labels: [] }), place)
  writesOf(here)
  for (const operation of ['Update', 'DeleteComment', 'AddLabels']) github.fail(operation, { kind: 'lost' })
  await here.post(postOf(['The whole session.']))
  expect(writesOf(here)).toEqual(['Update', 'DeleteComment', 'AddLabels'])
  expect(here.repository.discussions[0]).toMatchObject({ comments: [], labels: ['autoresearch'] })
})

test('a write that never arrived is sent again after it was looked for, and then given up', async () => {
  const here = await world(github)
  github.fail('Create', { kind: 'dropped' })
  await here.post(postOf(['The session.']), place)
  expect([writesOf(here), here.repository.discussions.length]).toEqual([['Create', 'Create', 'AddLabels'], 1])

  const again = await world(github)
  github.fail('AddComment', { kind: 'dropped' }, { kind: 'answer', status: 502 })
  const failure = await failureOf(again.post(postOf(['The session.', 'One.']), place))
  const [made] = again.repository.discussions
  expect(failure).toBe(
    [
      `${new URL(github.api).host} failed to add comment 1: it answered 502.`,
      'Run it again later: what was already sent is found again and not sent twice.',
      `Sent before: created ${github.api.replace('/api/v3', '')}/my-lab/research/discussions/${made?.number}. This write may have taken effect. Posting again goes on from there.`,
    ].join('\n'),
  )
  expect((await again.posts()).map(({ id }) => id)).toEqual([made?.id])
  await again.post(postOf(['The session.', 'One.']))
  expect([again.repository.discussions.length, made?.comments.length]).toEqual([1, 1])
})

test('reads are tried three times', async () => {
  const here = await world(github)
  github.fail('Repository', { kind: 'answer', status: 502 }, { kind: 'dropped' })
  await here.post(postOf(['The session.']), place)
  github.fail('Repository', ...Array.from({ length: 3 }, (): Fault => ({ kind: 'answer', status: 503 })))
  expect(await failureOf(here.post(postOf(['The session.'])))).toContain(
    'failed to read the repository my-lab/research: it answered 503.',
  )
})

test('a text that GitHub silently does not keep is an error that names the post', async () => {
  const here = await world(github)
  await here.post(postOf(['The session.', 'One.']), place)
  const [made] = here.repository.discussions
  github.fail('Update', { kind: 'keep' })
  const failure = await failureOf(here.post(postOf(['The whole session.', 'All.'])))
  expect(failure).toContain(`/my-lab/research/discussions/${made?.number} does not show it.`)
  expect(failure).toContain('Nothing was sent before.')
  github.fail('UpdateComment', { kind: 'keep' })
  const second = await failureOf(here.post(postOf(['The whole session.', 'All.'])))
  expect(second).toContain('does not show it.')
  expect(second).toContain('Sent before: updated the body.')
})

test.each<[string, (here: World) => void, string]>([
  ['an unknown token', () => (github.tokens = {}), 'does not accept the token.'],
  [
    'a token without the scope',
    here => may(here, 'nothing'),
    'has no repository my-lab/research, or the token may not see it.',
  ],
  ['a token that may only read', here => may(here, 'read'), 'refused to create the discussion: no permission.'],
  [
    'a missing scope',
    here => {
      here.repository.visibility = 'PUBLIC'
      may(here, 'nothing')
    },
    'refused to create the discussion: the token lacks a scope.',
  ],
  [
    'Discussions that are off',
    here => (here.repository.hasDiscussions = false),
    'Discussions are turned off in my-lab/research.',
  ],
  ['an archived repository', here => (here.repository.isArchived = true), 'my-lab/research is archived'],
  [
    'a category that is not there',
    here => (here.repository.categories = ['General', 'Researchers']),
    'my-lab/research has no category Research.\nDid you mean Researchers?\nCategories: General, Researchers. A new one can be made only on the pages of GitHub.',
  ],
  ['a repository that is gone', here => (here.repository.name = 'other'), 'Check --repository and --api.'],
  [
    'single sign-on',
    () =>
      github.fail('Create', {
        kind: 'answer',
        status: 403,
        headers: { 'x-github-sso': 'required; url=https://github.com/orgs/my-lab/sso?authorization_request=A1' },
        body: { message: 'Resource protected by organization SAML enforcement.' },
      }),
    'Authorise the token there: https://github.com/orgs/my-lab/sso?authorization_request=A1',
  ],
  [
    'an error that repeats the token',
    () => github.fail('Create', { kind: 'answer', status: 422, body: { message: `Bad header: token ${token}` } }),
    'Bad header: token [key]',
  ],
  [
    'a page for people',
    () =>
      github.fail(
        'Repository',
        ...Array.from({ length: 3 }, () => ({
          kind: 'answer' as const,
          status: 200,
          headers: { 'content-type': 'text/html' },
          body: '<html>Log in</html>',
        })),
      ),
    'did not answer as the API of a GitHub does.\nCheck --api,',
  ],
  [
    'another server',
    () => github.fail('Repository', { kind: 'answer', status: 200, body: { data: { repository: { id: 7 } } } }),
    'gave an unexpected answer when asked to read the repository my-lab/research: repository.id:',
  ],
])('%s is one clear error', async (_, spoil, said) => {
  const here = await world(github)
  spoil(here)
  expect(await failureOf(here.post(postOf(['The session.']), { ...place, public: true }))).toContain(said)
  expect(here.repository.discussions).toEqual([])
})

function may(_: World, may: 'read' | 'nothing'): void {
  github.tokens[token] = { login: 'researcher', may, files: true }
}

test('a token that is absent, a GitHub that is not there, and a label or repository that is not given', async () => {
  const here = await world(github)
  const post = postOf(['The session.'])
  const noGh = { env: { PATH: '/nowhere' } }
  expect(await failureOf(here.post(post, place, noGh))).toContain(`There is no token for ${new URL(github.api).host}.`)
  expect(await failureOf(here.post(post, { ...place, api: await silent() }))).toMatch(
    /^No answer came from 127\.0\.0\.1:\d+: \w/,
  )
  expect(await failureOf(here.post(post, { ...place, label: ['autorsearch'] }))).toBe(
    'my-lab/research has no label autorsearch.\nDid you mean autoresearch?',
  )
  expect(await failureOf(here.post(post))).toContain('No repository was given, and none is remembered for this target.')
  expect(await failureOf(here.post(post, { repository: 'my-lab/research' }))).toContain(
    'No category of my-lab/research was given.\nAdd --category NAME. Categories: General, Research.',
  )
  expect(github.writes).toEqual([])
})

/** A server that closes each connection at once. @returns the root of its API */
async function silent(): Promise<string> {
  const server = createServer(socket => socket.destroy())
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3`
}
