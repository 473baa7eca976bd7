/** `npx pnpm post --to docs`: what it plans, writes, remembers and refuses. */
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Markup } from '../../../scripts/lib/text.ts'
import type { Outcome, Plan, PostContext } from '../../../scripts/publish/destination.ts'
import { postDocs } from '../../../scripts/publish/docs/post.ts'
import { type PostRequest, readRequest } from '../../../scripts/publish/request.ts'
import { files } from '../../../scripts/record/files/paths.ts'
import { readPosts } from '../../../scripts/record/files/posts.ts'
import { hrefs } from '../../../site/data/hrefs.ts'
import { writeSession } from '../../helpers/exampleSessions.ts'
import { activeParts } from '../../helpers/github.ts'
import { hostileDescriptions } from '../../helpers/hostile.ts'
import { formatKeys } from '../../helpers/keys.ts'
import { scratch } from '../../helpers/throwaway.ts'

const [first, second] = ['2026-11-20-h100-kqzt-nov20', '2026-11-21-h100-kqzt-nov21']

interface World {
  out: string
  folder: string
  plans: Plan[]
  post(sessions: string[], given?: Parameters<typeof readRequest>[0], more?: Partial<PostContext>): Promise<Outcome>
}

/** Two sessions, and a folder of docs that does not exist yet. */
async function world(): Promise<World> {
  const root = await scratch()
  const sessions = join(root, 'sessions')
  await writeSession(sessions, { id: first, experiments: 12 })
  await writeSession(sessions, { id: second, experiments: 6, startedAt: '2026-11-21T22:03:10Z' })
  const plans: Plan[] = []
  const context: PostContext = {
    root: sessions,
    work: join(root, 'work'),
    env: {},
    terminal: { step: () => {}, live: () => {}, headline: () => {} },
    clock: { now: () => Date.parse('2026-11-23T06:23:00Z'), wait: async () => {} },
    // The site's figures are drawn in build.test.ts.
    draw: async (_input, _folder, names) =>
      new Map(
        [...names].map(name => [name, { svg: `<svg id="${name}"></svg>` as Markup, label: `What ${name} shows.` }]),
      ),
    ask: null,
    approve: async plan => plans.push(plan) > 0,
  }
  const post: World['post'] = (ids, given = {}, more = {}) => {
    const request: PostRequest = readRequest({ to: 'docs', ...given })(ids)
    return postDocs(request, { ...context, ...more })
  }
  return { out: join(root, 'docs/reports'), folder: join(sessions, first), plans, post }
}

test('what would be written is shown before anything is', async () => {
  const here = await world()
  const outcome = await here.post([first], { out: here.out }, { approve: async plan => here.plans.push(plan) < 0 })
  expect(outcome).toEqual({ sent: false, done: [], address: here.out })
  const [plan] = here.plans
  expect(plan?.steps).toEqual([
    `Writes in ${here.out}: ${first}.md, figures/${first}-frontier.svg, figures/${first}-waterfall.svg, figures/${first}-timeline.svg, index.md.`,
  ])
  expect(plan?.texts.map(({ name }) => name)).toEqual([join(here.out, `${first}.md`), join(here.out, 'index.md')])
  await expect(readdir(here.out)).rejects.toThrow('ENOENT')
  // Nothing is remembered of what was not written.
  await expect(here.post([first])).rejects.toThrow('No folder was given')

  await here.post([first], { out: here.out })
  expect(await readFile(join(here.out, `${first}.md`), 'utf8')).toBe(plan?.texts[0]?.text)
})

test('the folder and its form are remembered, and posting again changes nothing', async () => {
  const here = await world()
  await here.post([first], { out: here.out, 'front-matter': 'mkdocs' })
  expect(await readPosts(here.folder)).toEqual([
    {
      to: 'docs',
      address: `docs/reports/${first}.md`,
      repository: 'docs/reports',
      id: null,
      key: `session ${first}`,
      at: '2026-11-23T06:23:00.000Z',
    },
  ])
  const again = await here.post([first])
  expect(again).toEqual({ sent: false, done: [['unchanged', here.out]], address: here.out })
  expect(here.plans).toHaveLength(1)
  await here.post([second])
  expect(await readFile(join(here.out, `${second}.md`), 'utf8')).toContain('render_macros: false')
  await expect(here.post([second], { 'front-matter': 'starlight' })).rejects.toThrow(
    'were written with --front-matter mkdocs',
  )
  await expect(here.post([first], { out: join(here.folder, 'docs') })).rejects.toThrow(
    'is in the folder of the sessions',
  )
})

test('a week has a page that links those of its sessions', async () => {
  const here = await world()
  await here.post([first, second], { week: true, out: here.out })
  const page = await readFile(join(here.out, 'week-2026-w47.md'), 'utf8')
  expect(page).toMatch(/^# Week 2026-W47: 2 sessions on 1 machine, /)
  expect(page).toContain(`Pages: [nov20 · H100](${first}.md), [nov21 · H100](${second}.md).`)
  const index = await readFile(join(here.out, 'index.md'), 'utf8')
  expect([...index.matchAll(/^## .*|\]\(.*?\)/gm)].map(([text]) => text)).toEqual([
    '## Several sessions',
    '](week-2026-w47.md)',
    '## Sessions',
    `](${second}.md)`,
    `](${first}.md)`,
  ])
})

test('a key blocks the pages, and logs are on them only when asked for', async () => {
  const here = await world()
  const page = () => readFile(join(here.out, `${first}.md`), 'utf8')
  await here.post([first], { out: here.out })
  expect(await page()).not.toContain('training_seconds: 300.1')
  await here.post([first], { 'with-logs': true })
  expect(await page()).toContain('training_seconds: 300.1')

  const key = formatKeys.find(({ kind }) => kind === 'GitHub classic')?.text
  const patch = files.patch(here.folder, 1)
  await appendFile(patch, `+token = "${key}"\n`)
  const before = await page()
  await expect(here.post([first])).rejects.toThrow(/0001\/change\.patch:\d+: ghp_…/)
  expect(await page()).toBe(before)
  await writeFile(patch, '')
})

test('a page links to its session on the published pages', async () => {
  const here = await world()
  vi.stubEnv('NIGHTSHIFT_SITE', 'https://example.org/notes')
  onTestFinished(() => void vi.unstubAllEnvs())
  await here.post([first], { out: here.out })
  const address = `https://example.org/notes/${hrefs.session(first)}`
  expect(await readFile(join(here.out, `${first}.md`), 'utf8')).toContain(`[The session’s page: ${first}](${address})`)
})

test('in a folder that GitHub shows no description does anything', async () => {
  const here = await world()
  const descriptions = Object.fromEntries(hostileDescriptions.map(([, text], i) => [i + 1, text]))
  const id = '2026-11-22-h100-kqzt-nov22'
  await writeSession(join(here.folder, '..'), { id, experiments: hostileDescriptions.length + 1, descriptions })
  await here.post([id], { out: here.out })
  expect(activeParts(await readFile(join(here.out, `${id}.md`), 'utf8'), ['figures/'])).toEqual([])
})

test('a name of any length leaves the folder readable for the next post', async () => {
  const here = await world()
  const path = files.session(here.folder)
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), tag: 't'.repeat(5000) }))
  await here.post([first], { out: here.out })
  expect((await here.post([first], { out: here.out })).done).toEqual([['unchanged', here.out]])
})
