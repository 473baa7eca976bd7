import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeSession } from '../helpers/exampleSessions.ts'
import { nightshift, scratch, sessionsOf } from '../helpers/throwaway.ts'
import { token } from './discussion/world.ts'
import { type GitHubServer, startGitHub } from './github/server.ts'
import { repositoryOf } from './github/store.ts'

let github: GitHubServer
beforeAll(async () => {
  github = await startGitHub()
})
afterAll(() => github.close())

const id = '2026-11-20-h100-kqzt-nov20'
const system = { now: () => Date.now(), wait: async () => {} }

test('a post is shown, then sent with --yes, and not again; the token is nowhere', { timeout: 60_000 }, async () => {
  github.reset(system)
  github.tokens[token] = { login: 'researcher', may: 'write', files: true }
  const repository = repositoryOf('my-lab/research', { labels: [] })
  github.repositories.push(repository)
  const root = join(await scratch(), 'repo')
  await mkdir(root)
  await writeSession(sessionsOf(root), { id, experiments: 6 })
  const flags = ['--to', 'discussion', '--api', github.api, '--repository', 'my-lab/research', '--category', 'Research']
  const post = (...args: string[]) => nightshift(root, 'post', args, { GITHUB_TOKEN: token })

  const shown = await post('nov20', ...flags)
  expect([shown.exitCode, github.writes, repository.discussions]).toEqual([0, [], []])
  expect(shown.stdout).toContain('(private), category Research. Sending it will:\n- create the discussion\n')
  expect(shown.stdout).toContain(`<!-- nightshift: session ${id}, part 0 -->`)
  expect(shown.stderr).toContain(`Nothing was sent. To send it: \`npx pnpm post nov20 ${flags.join(' ')} --yes\``)

  const sent = await post('nov20', ...flags, '--yes', '--json')
  expect(sent.stderr).toContain('created')
  const [made] = repository.discussions
  expect(JSON.parse(sent.stdout)).toMatchObject({ to: 'discussion', sent: true, sessions: [id] })
  // What was shown is what was sent.
  for (const text of [made?.title, made?.body, ...(made?.comments.map(({ body }) => body) ?? [])])
    expect(shown.stdout).toContain(text?.trimEnd())

  const again = await post('--to', 'discussion', '--json')
  expect(JSON.parse(again.stdout)).toMatchObject({ sent: false, plan: null, done: [['unchanged', expect.anything()]] })
  expect(repository.discussions).toHaveLength(1)

  const outputs = [shown, sent, again].map(({ stdout, stderr }) => stdout + stderr)
  const files = await readdir(join(root, '..'), { recursive: true, withFileTypes: true })
  const texts = files.filter(file => file.isFile()).map(file => readFile(join(file.parentPath, file.name), 'utf8'))
  for (const text of [...outputs, ...(await Promise.all(texts))]) expect(text).not.toContain(token)
})

test('a mistaken flag is named before anything is read', async () => {
  const root = await scratch()
  const said = async (...args: string[]) => {
    const { exitCode, stderr } = await nightshift(root, 'post', args)
    return [exitCode, stderr]
  }
  expect(await said()).toEqual([2, expect.stringContaining('error: No destination was given.')])
  expect(await said('--to', 'discusion')).toEqual([2, expect.stringContaining('Did you mean discussion?')])
  expect(await said('--to', 'docs', '--category', 'General')).toEqual([
    2,
    expect.stringContaining(
      'error: --category has no meaning with --to docs.\n       Leave it out; it goes with --to discussion.',
    ),
  ])
  expect(await said('--to', 'discussion', '--repository', 'research')).toEqual([
    2,
    expect.stringContaining('error: --repository research is not the name of a repository.'),
  ])
})
