import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Remembered, remember } from '../../../scripts/publish/remembered.ts'
import { targetOfProgram } from '../../../scripts/publish/target.ts'
import { readSession } from '../../../scripts/record/files/paths.ts'
import { readPosts } from '../../../scripts/record/files/posts.ts'
import { readPublished } from '../../../scripts/record/files/published.ts'
import { inShell, player, program, set, shellTrainer } from '../../helpers/target.ts'
import { nightshift, repository, write } from '../../helpers/throwaway.ts'
import { folderOf } from '../../ratchet/session/faults.ts'
import { token } from '../discussion/world.ts'
import { type GitHubServer, startGitHub } from '../github/server.ts'
import { repositoryOf } from '../github/store.ts'

let github: GitHubServer
beforeAll(async () => {
  github = await startGitHub()
})
afterAll(() => github.close())

const slow = { timeout: 60_000 }
const system = { now: () => Date.now(), wait: async () => {} }

/** The small target with this `publish` in program.md, and a repository for its discussions. */
async function target(publish: string) {
  const root = await repository({ 'train.js': shellTrainer, 'frozen.txt': 'as it is\n' })
  await write(join(root, '..'), { 'agent.sh': player([set('RATE', '0.04'), set('RATE', '0.08')]) })
  await write(root, { 'program.md': inShell(program(join(root, '../agent.sh'), publish)) })
  github.reset(system)
  github.tokens[token] = { login: 'researcher', may: 'write', files: true }
  const research = repositoryOf('my-lab/research')
  github.repositories.push(research)
  const { key } = await targetOfProgram(join(root, 'program.md'))
  const none = { api: null, repository: null, category: null, remote: null, folder: null, frontMatter: null }
  const docs = join(root, '../docs')
  return {
    root,
    research,
    docs,
    start: (...args: string[]) =>
      nightshift(root, 'session', ['--program', 'program.md', '--tag', 'try', '--seeds', '2', ...args], {
        GITHUB_TOKEN: token,
      }),
    resume: (...args: string[]) => nightshift(root, 'session', ['resume', ...args], { GITHUB_TOKEN: token }),
    /** As an earlier post of the target does. */
    remembers: (to: Remembered['to']) =>
      remember(
        to === 'docs'
          ? { ...none, target: key, to, folder: docs, frontMatter: 'none', public: false }
          : {
              ...none,
              target: key,
              to,
              api: github.api,
              repository: 'my-lab/research',
              category: 'Research',
              public: false,
            },
        join(root, '../work'),
      ),
  }
}

/** Without the line breaks of the terminal's width. */
const unwrapped = (text: string): string => text.replaceAll(/\s+/g, ' ')

test(
  'what a post lacks is an error at the start; the report is posted at the end, and again after a resumption',
  slow,
  async () => {
    const { root, research, docs, start, resume, remembers } = await target('publish: { to: [docs, discussion] }\n')
    const refusal = async (args: string[], env: Record<string, string> = { GITHUB_TOKEN: token }) => {
      const said = await nightshift(root, 'session', ['--program', 'program.md', ...args], env)
      expect(said.exitCode).toBe(2)
      return unwrapped(said.stderr)
    }
    expect(await refusal(['--dry-run'])).toMatch(
      /publish: docs: No folder was given, and none is remembered for this target\. Name the place once, without a post: `npx pnpm post --remember --program \S+program\.md --to docs --out DIR`\. To start without: --publish none/,
    )
    // As the error says.
    const at = ['--program', 'program.md', '--to', 'docs', '--out', '../docs', '--front-matter', 'mkdocs']
    const remembered = await nightshift(root, 'post', ['--remember', ...at])
    expect(remembered.exitCode, remembered.stderr).toBe(0)
    expect(unwrapped(remembered.stderr)).toContain(`remember docs in ${docs}`)
    expect(await refusal([])).toContain('publish: discussion: No repository was given, and none is remembered')
    await remembers('discussion')
    expect(await refusal([], { GITHUB_TOKEN: '', GH_TOKEN: '', PATH: process.env.PATH ?? '' })).toMatch(
      /publish: discussion: There is no token for .* Set GH_ENTERPRISE_TOKEN/,
    )
    expect(await refusal([], { GITHUB_TOKEN: 'ghp_wrong' })).toContain('does not accept the token')
    research.visibility = 'PUBLIC'
    expect(await refusal(['--dry-run'])).toContain(
      'my-lab/research is public: everyone could read the post. Add --public',
    )
    research.visibility = 'PRIVATE'
    expect(await refusal(['--publish', 'doks'])).toContain('Did you mean docs?')
    expect(await refusal(['--publish', 'pull-request'])).toContain('--publish takes no pull-request')
    expect(github.writes).toEqual([])

    const dry = await start('--dry-run', '--json')
    const planned = `docs in ${docs}; discussion in my-lab/research (private), category Research, if the change is confirmed as better`
    expect(JSON.parse(dry.stdout).atEnd).toEqual([{ key: 'publish', text: planned }])

    const first = await start('--experiments', '1')
    expect(first.exitCode, first.stderr).toBe(0)
    const folder = await folderOf(root)
    const id = basename(folder)
    const [discussion] = research.discussions
    expect(unwrapped(first.stderr)).toContain(`publish ${planned}`)
    expect(unwrapped(first.stderr)).toMatch(/publish docs: posted, \S+ publish discussion: posted, http/)
    expect(await readdir(docs)).toContain('index.md')
    expect(JSON.parse(await readFile(join(docs, '.nightshift-docs.json'), 'utf8')).frontMatter).toBe('mkdocs')
    expect(discussion?.title).toContain('lower')
    expect((await readPosts(folder)).map(({ to }) => to)).toEqual(['docs', 'discussion'])
    expect((await readPublished(folder)).map(({ to, result }) => [to, result])).toEqual([
      ['docs', 'posted'],
      ['discussion', 'posted'],
    ])
    const status = await nightshift(root, 'status', [])
    expect(unwrapped(status.stdout)).toMatch(/publish docs: posted, \S+ discussion: posted, http/)

    // The post of a session that goes on is updated, with the key's variable in no record.
    const before = discussion?.body
    const second = await resume(id, '--experiments', '2')
    expect(second.exitCode, second.stderr).toBe(0)
    expect(research.discussions).toHaveLength(1)
    expect(research.discussions[0]?.body).not.toBe(before)
    expect(unwrapped(second.stderr)).toMatch(/publish discussion: posted, http/)
    const texts = await Promise.all(
      ['published.json', 'posts.json', 'journal.jsonl'].map(name => readFile(join(folder, name), 'utf8')),
    )
    for (const text of [first.stderr, second.stderr, ...texts]) expect(text).not.toContain(token)
    const nothing = await resume(id)
    expect(unwrapped(nothing.stderr)).toContain('Nothing is left to do. To give it more')
  },
)

test('a detached session whose post is refused ends all the same, and all say how to post by hand', slow, async () => {
  const { root, research, start, resume, remembers } = await target('publish: { to: docs, when: always }\n')
  await remembers('discussion')
  // The flag replaces the file's destinations; GitHub refuses the post alone.
  github.fail('Create', { kind: 'answer', status: 403, body: { message: 'Resource not accessible' } })
  const begun = await start('--experiments', '1', '--publish', 'discussion', '--detach', '--json')
  expect(begun.exitCode, begun.stderr).toBe(0)
  const folder = await folderOf(root)
  const id = basename(folder)
  await vi.waitFor(async () => expect((await readPublished(folder))[0]?.result).toBe('failed'), {
    timeout: 30_000,
    interval: 100,
  })
  expect((await readSession(folder)).session.stop?.kind).toBe('experiments')
  expect(research.discussions).toEqual([])
  const byHand = new RegExp(`discussion: not posted: .*; by hand: \`npx pnpm post ${id} --to discussion\``)
  const log = join(root, '../work', id, 'session.log')
  expect(unwrapped(await readFile(log, 'utf8'))).toMatch(byHand)
  const status = await nightshift(root, 'status', [])
  expect(unwrapped(status.stdout)).toMatch(byHand)
  expect(unwrapped((await resume(id, '--publish', 'none')).stderr)).toMatch(byHand)
  expect(unwrapped((await nightshift(root, 'report', [id, '--agent', 'none'])).stderr)).toMatch(byHand)

  const posted = await nightshift(root, 'post', [id, '--to', 'discussion', '--yes'], { GITHUB_TOKEN: token })
  expect(posted.exitCode, posted.stderr).toBe(0)
  expect(unwrapped((await nightshift(root, 'status', [])).stdout)).toMatch(/publish discussion: posted, http/)
  expect((await nightshift(root, 'report', [id, '--agent', 'none'])).stderr).not.toContain('not posted')
})
