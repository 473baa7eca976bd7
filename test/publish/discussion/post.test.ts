import { afterAll, beforeAll, expect, test } from 'vitest'
import { markerOf } from '../../../scripts/publish/post.ts'
import { readPosts, recordPost } from '../../../scripts/record/files/posts.ts'
import { type GitHubServer, startGitHub } from '../github/server.ts'
import { commentOf, discussionOf } from '../github/store.ts'
import { key, place, postOf, session, world, writesOf } from './world.ts'

let github: GitHubServer
beforeAll(async () => {
  github = await startGitHub()
})
afterAll(() => github.close())

test('a session becomes a discussion with comments and labels, is recorded, and says so', async () => {
  const here = await world(github)
  const post = postOf(['The session.', 'The log.', 'More of the log.'])
  const outcome = await here.post(post, { ...place, label: ['overnight'] })
  const [made] = here.repository.discussions
  expect(made).toMatchObject({ title: post.title, body: post.parts[0], category: 'Research', author: 'researcher' })
  expect(made?.comments.map(({ body }) => body)).toEqual(post.parts.slice(1))
  expect(made?.labels).toEqual(['autoresearch', 'overnight'])
  expect(writesOf(here)).toEqual(['Create', 'AddComment', 'AddComment', 'AddLabels'])
  const url = `${github.api.replace('/api/v3', '')}/my-lab/research/discussions/${made?.number}`
  expect(outcome).toEqual({
    sent: true,
    address: url,
    done: [
      ['created', url],
      ['added', 'comment 1 of 2'],
      ['added', 'comment 2 of 2'],
      ['added', '2 labels: overnight, autoresearch'],
    ],
  })
  expect(await here.posts()).toEqual([
    {
      to: 'discussion',
      address: url,
      repository: 'my-lab/research',
      id: made?.id,
      key,
      at: expect.stringMatching(/^2026-11-22T07:00:0\dZ|.000Z$/),
    },
  ])
})

test('what would be sent and where is shown before anything is', async () => {
  const here = await world(github)
  const outcome = await here.post(postOf(['The session.', 'The log.']), place, {
    approve: async plan => {
      expect(github.writes).toEqual([])
      expect(plan.steps).toEqual([
        `Discussion in my-lab/research on ${new URL(github.api).host} (private), category Research. Sending it will:`,
        '- create the discussion',
        '- add comment 1 of 1',
        '- add 1 label: autoresearch',
      ])
      expect(plan.texts).toEqual([
        { name: 'title', text: 'val_bpb 2.8% lower after 48 experiments' },
        { name: 'body', text: `The session.\n\n${markerOf(key, 0)}\n` },
        { name: 'comment 1 of 1', text: `The log.\n\n${markerOf(key, 1)}\n` },
      ])
      return false
    },
  })
  expect(outcome).toEqual({ sent: false, done: [], address: null })
  expect([here.repository.discussions, await here.posts(), github.writes]).toEqual([[], [], []])
  // Nothing is remembered of what was not sent.
  await expect(here.post(postOf(['The session.']))).rejects.toThrow('No repository was given')
})

test('posting again changes nothing where nothing changed, and only what did', async () => {
  const here = await world(github)
  await here.post(postOf(['The session.', 'The log.']), place)
  const [made] = here.repository.discussions
  writesOf(here)
  // GitHub may have other line ends, and no white space at the end.
  if (made) made.body = made.body.trimEnd().replaceAll('\n', '\r\n')

  const again = await here.post(postOf(['The session.', 'The log.']))
  expect(again).toEqual({ sent: false, done: [['unchanged', again.address]], address: again.address })
  expect([writesOf(here), here.plans.length]).toEqual([[], 1])

  const changed = await here.post(postOf(['The session.', 'The whole log.', 'Its end.'], { title: 'Confirmed' }))
  expect(changed.done).toEqual([
    ['updated', 'the title'],
    ['updated', 'comment 1 of 2'],
    ['added', 'comment 2 of 2'],
  ])
  expect(here.repository.discussions).toHaveLength(1)
  expect(made?.title).toBe('Confirmed')
  expect(made?.comments.map(({ body }) => body.split('\n')[0])).toEqual(['The whole log.', 'Its end.'])
  expect((await here.posts()).map(({ id }) => id)).toEqual([made?.id])
})

test('comments that are no longer needed go; one with replies stays, empty; those of others are not touched', async () => {
  const here = await world(github)
  await here.post(postOf(['The session.', 'One.', 'Two.', 'Three.']), place)
  const [made] = here.repository.discussions
  const theirs = commentOf({ author: 'stranger', body: `Mine.\n\n${markerOf(key, 4)}` })
  const own = commentOf({ author: 'researcher', body: 'I looked at it, and it holds.' })
  made?.comments.push(theirs, own)
  if (made?.comments[1]) made.comments[1].replies = 2

  const outcome = await here.post(postOf(['The session.', 'One and all.']))
  expect(outcome.done).toEqual([
    ['updated', 'comment 1 of 1'],
    ['emptied', 'a comment that is no longer needed, which has replies'],
    ['deleted', 'a comment that is no longer needed'],
  ])
  expect(made?.comments.map(({ body }) => body.split('\n')[0])).toEqual([
    'One and all.',
    'This part of the post is no longer needed.',
    'Mine.',
    'I looked at it, and it holds.',
  ])
  expect((await here.post(postOf(['The session.', 'One and all.']))).done[0]?.[0]).toBe('unchanged')
  // The emptied one is filled again.
  await here.post(postOf(['The session.', 'One.', 'Two again.']))
  expect(made?.comments.map(({ body }) => body.split('\n')[0]).slice(0, 2)).toEqual(['One.', 'Two again.'])
})

test('without a record the post is found by its marker, on the second page of the discussions, too', async () => {
  const here = await world(github)
  await here.post(postOf(['The session.']), place)
  const [made] = here.repository.discussions
  here.repository.discussions.push(
    ...Array.from({ length: 150 }, () => discussionOf({ createdAt: '2027-01-01T00:00:00Z', author: 'researcher' })),
  )
  const elsewhere = await world2(here)
  const outcome = await elsewhere.post(postOf(['The session, again.']), place)
  expect(here.repository.discussions).toHaveLength(151)
  expect(made?.body).toContain('The session, again.')
  expect((await elsewhere.posts()).map(({ address }) => address)).toEqual([outcome.address])
})

/** The same GitHub from another machine, where nothing is recorded. */
async function world2(here: Awaited<ReturnType<typeof world>>) {
  const { repositories, tokens } = github
  const other = await world(github)
  Object.assign(github, { repositories, tokens })
  return { ...other, repository: here.repository }
}

test("a stranger's discussion with the same marker is not taken for ours, by a forged record neither", async () => {
  const here = await world(github)
  const theirs = discussionOf({ author: 'stranger', body: `Hello.\n\n${markerOf(key, 0)}` })
  // Of the token's user, but another post; and one of another repository.
  const other = discussionOf({ author: 'researcher', body: `About the weather.\n\n${markerOf('session other', 0)}` })
  here.repository.discussions.push(theirs, other)
  for (const { id } of [theirs, other, { id: here.repository.id }, { id: 'no such thing' }]) {
    await recordPost(here.folder, {
      to: 'discussion',
      address: `https://example.org/${id}`,
      repository: 'my-lab/research',
      id,
      key,
      at: '2026-11-22T07:00:00.000Z',
    })
    const outcome = await here.post(postOf(['The session.']), place)
    expect(outcome.address).not.toBeNull()
  }
  expect(theirs.body).toContain('Hello.')
  expect(other.body).toContain('About the weather.')
  expect(here.repository.discussions).toHaveLength(3)
})

test('a discussion that was moved stays where it is, unless a category is given; a deleted one is made anew', async () => {
  const here = await world(github)
  await here.post(postOf(['The session.']), place)
  const [made] = here.repository.discussions
  if (made) made.category = 'General'
  expect((await here.post(postOf(['The session.']))).done[0]?.[0]).toBe('unchanged')
  expect((await here.post(postOf(['The session.']), { category: 'research' })).done).toEqual([
    ['updated', 'the category, to Research'],
  ])
  here.repository.discussions = []
  expect((await here.post(postOf(['The session.']))).done[0]?.[0]).toBe('created')
})

test('a post on several sessions is recorded in each', async () => {
  const here = await world(github)
  const other = '2026-11-20-h100-abcd-nov20'
  const post = postOf(['The week.'], { sessions: [session, other] })
  const { address } = await here.post(post, place)
  for (const id of [session, other])
    expect((await readPosts(here.folder.replace(session, id))).map(found => found.address)).toEqual([address])
})

test('of many recorded discussions, which a stranger may have written, few are looked at', async () => {
  const here = await world(github)
  const at = '2026-11-22T07:00:00.000Z'
  for (let i = 0; i < 30; i++) {
    const address = `https://host${i}.example.org/1`
    await recordPost(here.folder, { to: 'discussion', address, repository: 'my-lab/research', id: `D_x${i}`, key, at })
  }
  await here.post(postOf(['The session.']), place)
  expect(github.log.filter(line => line.includes('query Discussion:')).length).toBeLessThan(15)
  expect(here.repository.discussions).toHaveLength(1)
})
