/** An adopted branch is proposed as its user made it. */
import './places.ts'
import { expect, test } from 'vitest'
import { git } from '../../helpers/throwaway.ts'
import { adopt } from './adoption.ts'
import { failureOf, post } from './posting.ts'
import { commit, userState } from './sessions.ts'
import { setUp } from './setUp.ts'

test('the branch that was adopted last goes under its own name, with its commits as they are', async () => {
  const place = await setUp()
  const { github, lab, root, id } = place
  await adopt(place, { branch: 'earlier', messages: ['Set RATE'] })
  // The user may mean a reference.
  const { tip } = await adopt(place, { messages: ['Set RATE to 2, see #12', 'Set WIDTH to 2'] })
  const before = await userState(root)
  const { outcome, plan } = await post(github, id)
  expect(outcome.done[0]).toEqual(['pushed', 'adopt/try to origin'])
  expect(github.commitOf(lab, 'adopt/try')).toBe(tip)
  expect(plan?.steps[1]).toBe('Open a pull request in my-lab/nanochat (private), from my-lab:adopt/try into main.')
  expect(await userState(root)).toEqual(before)
  expect((await post(github, id)).outcome).toMatchObject({ sent: false, done: [['unchanged', outcome.address]] })
  expect(github.wrong).toEqual([])
})

test('a branch that was deleted, or whose recorded name is not valid, no longer counts', async () => {
  const place = await setUp()
  const { github, root, id } = place
  await adopt(place)
  await git(root, 'branch', '-q', '-D', 'adopt/try')
  expect((await post(github, id, { approves: false })).plan?.steps[1]).toContain(
    'from my-lab:exp/cpu-abcd/try into main',
  )
})

test('a branch that no longer has the adopted commits is an error', async () => {
  const place = await setUp()
  const { github, root, id, commits } = place
  const { tip } = await adopt(place)
  const other = await commit(root, await git(root, 'rev-parse', 'HEAD^{tree}'), commits[0] ?? '', 'mine')
  await git(root, 'branch', '-q', '-f', 'adopt/try', other)
  const { message, advice } = await failureOf(post(github, id))
  expect(message).toBe(
    `The branch adopt/try no longer holds what was adopted of ${id}: it is at ${other.slice(0, 7)}, without ${tip.slice(0, 7)}.`,
  )
  expect(advice).toContain(`adopt ${id} --branch NAME`)
  expect(github.pulls).toEqual([])
})

test('the title is that of the only commit, or the given one', async () => {
  const place = await setUp()
  const { github, id } = place
  await adopt(place, { messages: ['fix(train): raise RATE'] })
  await post(github, id)
  expect(github.pulls[0]?.title).toBe('fix(train): raise RATE')
  const { plan } = await post(github, id, { flags: { title: '  Raise the rate\n' } })
  expect(github.pulls[0]?.title).toBe('Raise the rate')
  expect(plan?.texts[0]).toEqual({ name: 'title', text: 'Raise the rate' })
  for (const title of ['', 'x'.repeat(241)])
    expect((await failureOf(post(github, id, { flags: { title } }))).message).toMatch(/^--title /)
})

test('with --draft it is opened as a draft, once', async () => {
  const { github, lab, id } = await setUp()
  lab.isFree = true
  const refused = await failureOf(post(github, id, { flags: { draft: true } }))
  expect(refused).toMatchObject({
    message: 'my-lab/nanochat has no draft pull requests: its plan does not include them.',
    advice: expect.stringContaining('Leave out --draft.'),
  })
  lab.isFree = false
  const { plan } = await post(github, id, { flags: { draft: true } })
  expect(plan?.steps[0]).toContain('Open a draft pull request in my-lab/nanochat')
  expect(github.pulls[0]?.draft).toBe(true)
  const pull = github.pulls[0]
  if (pull) pull.draft = false
  const again = await post(github, id, { flags: { draft: true, title: 'Other' } })
  expect(again.plan?.steps).toContain('It is no draft, and stays so: --draft is for a new one.')
  expect(pull?.draft).toBe(false)
  expect(github.wrong).toEqual([])
})
