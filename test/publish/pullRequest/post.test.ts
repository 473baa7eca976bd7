import './places.ts'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { jsonLine } from '../../../scripts/lib/text.ts'
import { recall } from '../../../scripts/publish/remembered.ts'
import { isCommitOf, targetOf } from '../../../scripts/publish/target.ts'
import { readPosts } from '../../../scripts/record/files/posts.ts'
import { git } from '../../helpers/throwaway.ts'
import { failureOf, post } from './posting.ts'
import { addFile, makeSession, userState } from './sessions.ts'
import { setUp } from './setUp.ts'

const address = 'https://github.com/my-lab/nanochat/pull/1'
const branch = 'exp/cpu-abcd/try'

/** Methods and paths of the requests that write. */
const writes = (log: string[]) => log.filter(line => !line.startsWith('GET '))

/** Another description of the first kept change, as a later confirm or report would have it. */
async function change(folder: string): Promise<void> {
  const path = join(folder, 'experiments.jsonl')
  const lines = (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  lines[1].description = 'RATE 1 to 2, said otherwise'
  await writeFile(path, lines.map(jsonLine).join(''))
}

const kept = ['RATE 1 to 2', 'WIDTH 1 to 2', 'DEPTH 1 to 2']

/** With them the post has more than one part. */
async function addTranscripts(folder: string): Promise<void> {
  const text = Array.from({ length: 450 }, (_, i) => `{"text":"thinking about step ${i} of run"}\n`).join('')
  for (const number of [0, 1, 2, 3]) {
    await addFile(folder, `runs/000${number}/proposal.jsonl`, text)
    await addFile(folder, `runs/000${number}/1/run.log`, text)
  }
}

test('a session becomes a branch and a pull request, and nothing of the user changes', async () => {
  const { github, root, lab, id, folder, session, commits } = await setUp({ pruned: true })
  const before = await userState(root)
  const { outcome, plan, waits } = await post(github, id)
  expect(outcome).toEqual({
    sent: true,
    address,
    done: [
      ['pushed', `${branch} to origin`],
      ['opened', address],
      ['labelled', 'autoresearch'],
    ],
  })
  expect(github.commitOf(lab, branch)).toBe(commits.at(-1))
  expect(await userState(root)).toEqual(before)
  expect(github.wrong).toEqual([])
  const [pull] = github.pulls
  expect(pull).toMatchObject({ branch, into: 'main', labels: ['autoresearch'] })
  expect(pull?.body).toContain(
    'the 2 changes that it kept and a commit that takes out 0002 “WIDTH 1 to 2” again, whose gain was likely luck.',
  )
  expect(plan?.texts).toEqual([
    { name: 'title', text: pull?.title },
    { name: 'description', text: pull?.body },
  ])
  const [first = '', ...steps] = plan?.steps ?? []
  expect(first.replace(/^ {2}\w{7} /gm, '  ')).toBe(
    `Push the new branch ${branch} of the remote origin (${github.remoteOf(lab)}): 3 commits after ${commits[0]?.slice(0, 7)}:\n  RATE 1 to 2\n  WIDTH 1 to 2\n  Take out 0002, likely luck`,
  )
  expect(steps).toEqual([
    `Open a pull request in my-lab/nanochat (private), from my-lab:${branch} into main.`,
    'Label it autoresearch.',
  ])
  // Writes of the API are a second apart.
  expect(waits).toEqual([1000])
  expect(await readPosts(folder)).toMatchObject([{ to: 'pull-request', address, repository: 'my-lab/nanochat' }])
  const { key } = await targetOf([session])
  expect(await recall(key, 'pull-request')).toMatchObject({ remote: 'origin', repository: 'my-lab/nanochat' })
})

test('posting again updates the same pull request, and sends nothing where nothing changed', async () => {
  const { github, id, folder } = await setUp()
  await post(github, id)
  github.log.length = 0
  // The remote and the API are remembered.
  const again = await post(github, id, { flags: { remote: undefined, api: undefined } })
  expect(again.outcome).toEqual({ sent: false, done: [['unchanged', address]], address })
  expect(again.plan).toBe(null)
  expect(writes(github.log)).toEqual([])
  await change(folder)
  const { outcome, plan } = await post(github, id)
  expect(outcome.done).toEqual([['updated', address]])
  expect(plan?.steps).toEqual([`Update title and description of ${address} (private).`])
  expect(writes(github.log)).toEqual(['PATCH /repos/my-lab/nanochat/pulls/1 → 200'])
  expect(github.pulls).toHaveLength(1)
  expect(github.pulls[0]?.body).toContain('said otherwise')
  expect(github.wrong).toEqual([])
})

test('nothing is sent before it is approved', async () => {
  const { github, lab, id, folder } = await setUp()
  const { outcome } = await post(github, id, { approves: false })
  expect(outcome).toEqual({ sent: false, done: [], address: null })
  expect(github.commitOf(lab, branch)).toBe(null)
  expect(writes(github.log)).toEqual([])
  expect(await readPosts(folder)).toEqual([])
})

test('a text that does not fit goes on in comments, which follow it', async () => {
  const { github, id, folder } = await setUp({ kept })
  await addTranscripts(folder)
  const flags = { 'with-logs': true }
  const first = await post(github, id, { flags })
  const count = first.plan?.texts.length ?? 0
  expect(count).toBeGreaterThan(2)
  expect(github.pulls[0]?.comments.map(({ body }) => body)).toEqual(first.plan?.texts.slice(2).map(({ text }) => text))
  // A stranger may copy a marker.
  const [mine] = github.pulls[0]?.comments ?? []
  github.pulls[0]?.comments.unshift({
    id: 1,
    body: `I say\n\n${mine?.body.trimEnd().split('\n').at(-1)}`,
    author: 'a-stranger',
  })
  expect((await post(github, id, { flags })).outcome.sent).toBe(false)
  const shorter = await post(github, id)
  expect(shorter.outcome.done.at(-1)).toEqual(['deleted', `comment ${count - 2} of ${count - 2} on #1`])
  expect(github.pulls[0]?.comments.map(({ author }) => author)).toEqual(['a-stranger'])
  expect(github.wrong).toEqual([])
})

test('an answer that is lost after a write leads to no second pull request, comment or push', async () => {
  const { github, id, folder } = await setUp({ kept })
  github.play('POST /repos/{owner}/{repo}/pulls', { kind: 'lost' })
  github.play('POST /repos/{owner}/{repo}/issues/{issue_number}/labels', { kind: 'lost' })
  const { outcome } = await post(github, id)
  expect(outcome.done.map(([verb]) => verb)).toEqual(['pushed', 'opened', 'labelled'])
  expect(github.pulls).toHaveLength(1)
  await addTranscripts(folder)
  github.play('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', { kind: 'lost' })
  github.play('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', { kind: 'lost' })
  const { plan } = await post(github, id, { flags: { 'with-logs': true } })
  expect(github.pulls[0]?.comments).toHaveLength((plan?.texts.length ?? 0) - 2)
  expect(github.log.filter(line => line.endsWith('lost'))).toHaveLength(4)
  expect(github.wrong).toEqual([])
})

test('a request that GitHub says was sent twice is found', async () => {
  const { github, id } = await setUp()
  github.play('POST /repos/{owner}/{repo}/pulls', { kind: 'twice' })
  const { outcome } = await post(github, id)
  expect(outcome).toMatchObject({ sent: true, address })
  expect(github.pulls).toHaveLength(1)
})

test('a text that GitHub silently keeps is an error that says what was sent', async () => {
  const { github, id, folder } = await setUp()
  await post(github, id)
  await change(folder)
  github.play('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', { kind: 'keep-old' })
  const { message, advice } = await failureOf(post(github, id))
  expect(message).toContain(`answered that it was written, but ${address} does not show it.`)
  expect(advice).toContain('Nothing was sent before. Posting again goes on from there.')
})

test('limits are waited for as GitHub names them', async () => {
  const { github, id } = await setUp()
  const limited = { message: 'You have exceeded a secondary rate limit.', documentation_url: 'https://docs.github.com' }
  const answer = { kind: 'answer', status: 403, headers: { 'retry-after': '30' }, body: limited } as const
  github.play('POST /repos/{owner}/{repo}/pulls', answer)
  const { outcome, waits } = await post(github, id)
  expect(outcome.address).toBe(address)
  expect(waits).toContain(30_000)
  expect(github.pulls).toHaveLength(1)
})

test('a refusal is one error, which names the branch that was pushed', async () => {
  const { github, lab, id } = await setUp()
  const refused = async (status: number, message: string) => {
    const body = { message, documentation_url: 'https://docs.github.com/rest' }
    github.play('POST /repos/{owner}/{repo}/pulls', { kind: 'answer', status, body })
    return failureOf(post(github, id))
  }
  const forbidden = await refused(403, 'Resource not accessible by personal access token')
  expect(forbidden.message).toContain('no permission')
  expect(forbidden.advice).toContain('Resource not accessible')
  expect(forbidden.advice).toContain(`Sent before: pushed ${branch} to origin. Posting again goes on from there.`)
  expect(github.commitOf(lab, branch)).not.toBe(null)
  expect((await refused(404, 'Not Found')).message).toContain('cannot open a pull request in my-lab/nanochat')
  const invalid = await refused(422, 'Validation Failed')
  expect(invalid.message).toContain('refused to open a pull request in my-lab/nanochat')
  expect(invalid.advice).toContain('says: Validation Failed\nNothing was sent before.')
  expect((await post(github, id)).outcome.done[0]).toEqual(['opened', address])
})

test('commits that the base has already are nothing to merge', async () => {
  const { github, root, id, commits } = await setUp()
  await git(root, 'push', '-q', 'origin', `${commits.at(-1)}:refs/heads/main`)
  const { message } = await failureOf(post(github, id))
  expect(message).toBe(`There is nothing to merge: main of my-lab/nanochat has every commit of ${branch}.`)
  expect(github.wrong).toEqual([])
})

test('a pull request that was closed or merged is said, and nothing is pushed', async () => {
  const { github, lab, id, folder } = await setUp()
  await post(github, id)
  const [pull] = github.pulls
  if (!pull) throw new Error('It was not opened.')
  await change(folder)
  pull.state = 'closed'
  const closed = await failureOf(post(github, id))
  expect(closed.message).toBe(`The pull request of this session was closed: #1, ${address}`)
  expect(closed.advice).toMatch(/^Reopen it/)
  pull.merged = true
  const merged = await failureOf(post(github, id, { flags: { 'with-session': true } }))
  expect(merged.message).toBe(`The pull request of this session was merged into main: #1, ${address}`)
  const tip = github.commitOf(lab, branch)
  // As the advice says.
  pull.body = pull.body.replace(/<!--.*-->/, '')
  const { outcome } = await post(github, id, { flags: { 'with-session': true } })
  expect(outcome.address).toBe('https://github.com/my-lab/nanochat/pull/2')
  expect(github.commitOf(lab, branch)).not.toBe(tip)
})

test('a pull request of the branch that another opened is left alone, also with our marker', async () => {
  const { github, id, folder } = await setUp()
  await post(github, id)
  const [pull] = github.pulls
  if (!pull) throw new Error('It was not opened.')
  await change(folder)
  pull.author = 'a-stranger'
  const { message, advice } = await failureOf(post(github, id))
  expect(message).toContain(`that this command did not open with your token: #1, ${address}`)
  expect(advice).toContain('a-stranger opened it, by the same command')
  pull.author = github.viewer
  pull.body = 'opened by hand'
  expect((await failureOf(post(github, id))).advice).toMatch(
    /make `<!-- nightshift: session .*, part 0 -->` the last line/,
  )
})

test('from a fork the pull request goes to its parent', async () => {
  const { github, root, lab, id, commits } = await setUp()
  const fork = github.add('a-person/nanochat', { parent: lab, visibility: 'public' })
  lab.visibility = 'public'
  await git(root, 'remote', 'add', 'mine', github.remoteOf(fork))
  await git(root, 'push', '-q', 'mine', 'main')
  const refused = await failureOf(post(github, id, { flags: { remote: 'mine' } }))
  expect(refused.message).toBe('my-lab/nanochat is public: everyone could read the post.')
  const { outcome, plan } = await post(github, id, { flags: { remote: 'mine', public: true } })
  expect(outcome.address).toBe(address)
  expect(plan?.steps).toContain(`Open a pull request in my-lab/nanochat (public), from a-person:${branch} into main.`)
  expect(github.commitOf(fork, branch)).toBe(commits.at(-1))
  expect(github.commitOf(lab, branch)).toBe(null)
  // Allowed once, remote and repository remembered.
  expect((await post(github, id, { flags: { remote: undefined } })).outcome.done).toEqual([['unchanged', address]])
  expect(github.wrong).toEqual([])
})

test('--repository names another base, also a fork of the same owner', async () => {
  const { github, root, lab, id } = await setUp()
  const fork = github.add('my-lab/nanochat-try', { parent: lab })
  await git(root, 'remote', 'add', 'mine', github.remoteOf(fork))
  await git(root, 'push', '-q', 'mine', 'main')
  const { outcome } = await post(github, id, { flags: { remote: 'mine', repository: 'my-lab/nanochat' } })
  expect(outcome.address).toBe(address)
  expect(github.pulls[0]?.head.name).toBe('nanochat-try')
  expect(github.wrong).toEqual([])
})

test('labels must exist where they are asked for; the usual one is left out where it does not', async () => {
  const { github, lab, id } = await setUp()
  lab.labels = ['bug', 'Experiment']
  const { message, advice } = await failureOf(post(github, id, { flags: { label: ['experimnt'] } }))
  expect(message).toBe('my-lab/nanochat has no label experimnt.')
  expect(advice).toBe('Did you mean Experiment?')
  lab.triage = false
  const may = await failureOf(post(github, id, { flags: { label: ['experiment'] } }))
  expect(may.message).toBe('Your account may not add labels in my-lab/nanochat.')
  lab.triage = true
  const { plan } = await post(github, id, { flags: { label: ['experiment'] } })
  expect(plan?.steps.at(-1)).toBe('my-lab/nanochat has no label autoresearch: the pull request goes without.')
  expect(github.pulls[0]?.labels).toEqual(['Experiment'])
})

test('changes of another repository are not pushed to Nightshift or a fork of it', async () => {
  const { github, lab, id } = await setUp()
  lab.isNightshift = true
  const { message } = await failureOf(post(github, id))
  expect(message).toContain('my-lab/nanochat is a repository of Nightshift')
  expect(github.commitOf(lab, branch)).toBe(null)
})

test('several sessions, a session that runs, one that kept nothing and one without its commits are refused', async () => {
  const { github, root, id } = await setUp()
  expect((await failureOf(post(github, [id, 'other']))).message).toBe('A pull request is of one session.')
  const running = await makeSession(root, { tag: 'runs', over: { stop: null, endedAt: null } })
  expect((await failureOf(post(github, running.id))).message).toBe(`${running.id} has not ended.`)
  const none = await makeSession(root, { tag: 'none', kept: [] })
  expect((await failureOf(post(github, none.id))).message).toBe(
    `${none.id} kept no change, so there is nothing to propose.`,
  )
  const missing = await makeSession(root, { tag: 'away', over: { baseCommit: '1'.repeat(40) } })
  const away = await failureOf(post(github, missing.id))
  expect(away.message).toBe(`${root} lacks the commit 1111111 of ${missing.id}.`)
  const collected = await makeSession(root, {
    tag: 'collected',
    over: { source: { kind: 'session', from: 'https://example.org/else.git' } },
  })
  const foreign = await failureOf(post(github, collected.id))
  expect(foreign.message).toMatch(
    /lacks the commit .* of .*, which was collected from https:\/\/example.org\/else.git\.$/,
  )
  expect(foreign.advice).toContain('--to discussion')
})

test('commits without a common history are not pushed', async () => {
  const { github, root, lab, id } = await setUp()
  const other = await git(root, 'commit-tree', await git(root, 'rev-parse', 'HEAD^{tree}'), '-m', 'another project')
  await git(root, 'push', '-q', '--force', lab.path, `${other}:refs/heads/main`)
  const { message } = await failureOf(post(github, id))
  expect(message).toBe('The commits of the session and main of my-lab/nanochat have no history in common.')
  expect(github.commitOf(lab, branch)).toBe(null)
  // A commit that was only fetched is not of the repository.
  expect(await isCommitOf(root, other)).toBe(false)
  expect(await isCommitOf(root, await git(root, 'rev-parse', 'HEAD'))).toBe(true)
  expect(await isCommitOf(root, '1'.repeat(40))).toBe(false)
})
