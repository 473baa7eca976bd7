import './places.ts'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readDigest } from '../../../scripts/analysis/readDigest.ts'
import { sessionsRoot, workRoot } from '../../../scripts/lib/paths.ts'
import type { Publish } from '../../../scripts/program/automation.ts'
import { checkPublish } from '../../../scripts/publish/afterReport/check.ts'
import { openPublisher } from '../../../scripts/publish/afterReport/publisher.ts'
import type { PostContext } from '../../../scripts/publish/destination.ts'
import { readPublished } from '../../../scripts/record/files/published.ts'
import { writeReport } from '../../../scripts/report/write.ts'
import { nightshift } from '../../helpers/throwaway.ts'
import { fakeClock } from '../github/clock.ts'
import { setUp } from './setUp.ts'

const publish: Publish = { to: ['pull-request'], when: 'always' }

test('a place is remembered without a post, checked before a session, and proposed to at its end', async () => {
  const { github, root, folder, id } = await setUp()
  const path = join(root, 'program.md')
  const context: PostContext = {
    root: sessionsRoot,
    env: { ...process.env, GITHUB_TOKEN: github.token },
    terminal: { step: () => {}, live: () => {}, headline: () => {} },
    clock: fakeClock(),
    draw: async () => new Map(),
    ask: null,
    approve: async () => true,
  }
  const check = (env = context.env) =>
    checkPublish(publish, path, { ...context, env }).then(
      text => text,
      (error: { message: string; advice: string }) => `${error.message} ${error.advice}`,
    )
  expect(await check()).toContain(
    `Name the place once, without a post: \`npx pnpm post --remember --program ${path} --to pull-request --remote NAME\`.`,
  )

  const env = { NIGHTSHIFT_SESSIONS: sessionsRoot, NIGHTSHIFT_WORK: workRoot, GITHUB_TOKEN: github.token }
  const place = ['--to', 'pull-request', '--remote', 'origin', '--api', github.api]
  const remember = (...args: string[]) =>
    nightshift(root, 'post', ['--remember', '--program', path, ...place, ...args], env)
  const said = await remember('--json')
  expect(said.exitCode, said.stderr).toBe(0)
  expect(JSON.parse(said.stdout)).toMatchObject({
    place: 'my-lab/nanochat (private), pushed to origin',
    remembered: { repository: 'my-lab/nanochat', remote: 'origin', public: false },
  })
  expect(github.pulls).toEqual([])
  expect((await remember('--draft')).stderr).toContain('--draft has no meaning with --remember')
  const gone = await nightshift(root, 'post', ['--remember', '--program', join(root, 'gone.md'), ...place], env)
  expect([gone.exitCode, gone.stderr]).toEqual([2, expect.stringContaining('gone.md')])
  expect((await remember('try')).stderr).toContain('--remember takes no session, and try was named')

  expect(await check()).toBe('pull-request in my-lab/nanochat (private), pushed to origin')
  expect(await check({ ...process.env, GITHUB_TOKEN: 'wrong-token-of-nobody' })).toContain('does not accept the token')

  await writeReport(folder)
  const read = await readDigest(folder)
  if (read?.kind !== 'current') throw new Error('The session has no digest.')
  const publisher = openPublisher(publish, context)
  publisher.begin(folder)
  const addresses = await publisher.publish(folder, read.digest, new AbortController().signal)
  expect(addresses).toEqual(['https://github.com/my-lab/nanochat/pull/1'])
  expect(github.pulls).toHaveLength(1)
  expect(github.pulls[0]?.body).toContain(`nightshift: session ${id}`)
  expect(await readPublished(folder)).toMatchObject([{ to: 'pull-request', result: 'posted', address: addresses[0] }])
})
