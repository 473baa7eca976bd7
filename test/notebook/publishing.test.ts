/** The examples in docs/publishing.md work, and `--out` replaces only our own files. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { JSDOM } from 'jsdom'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { notebook } from '../../scripts/lib/paths.ts'
import { hasFont } from '../../scripts/lib/png.ts'
import { addressOf } from '../../scripts/notebook/base.ts'
import { checkDestination, deployBuild } from '../../scripts/notebook/deploy.ts'
import { atom } from '../../site/data/feed.ts'
import { writeSession } from '../helpers/exampleSessions.ts'
import { workflowErrors } from '../helpers/workflow.ts'

interface Step {
  uses?: string
  run?: string
  env?: Record<string, string>
  with?: Record<string, unknown>
}
interface Workflow {
  permissions: unknown
  concurrency: unknown
  jobs: Record<'build' | 'deploy', { permissions: unknown; needs?: string; steps: Step[] }>
}

let scratch: string
/** Texts of the workflows for GitHub. */
let texts: string[]
let workflow: Workflow
let gitlab: { pages: { script: string[]; artifacts: { paths: string[] } } }

beforeAll(async () => {
  // Its path begins with the notebook's: Astro takes such a folder for one inside, and would look for packages there.
  scratch = await mkdtemp(`${notebook}-published-`)
  const docs = await readFile(join(notebook, 'docs/publishing.md'), 'utf8')
  const blocks = [...docs.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text)
  texts = blocks.filter(text => /^on:/m.test(text))
  workflow = parse(texts[0] ?? '')
  gitlab = parse(blocks.find(text => text.startsWith('pages:')) ?? '')
})
afterAll(() => rm(scratch, { recursive: true, force: true }))

test('GitHub takes the workflows, by its own parser', () => {
  expect(texts).toHaveLength(2)
  expect(texts.map(workflowErrors)).toEqual([[], []])
  expect(
    workflowErrors('on: push\njobs: { x: { runs-on: x, permissions: { discussion: write }, steps: [] } }'),
  ).toEqual([expect.stringContaining("Unexpected value 'discussion'")])
})

test('in the GitHub workflow only the job without code may publish, and actions are pinned', () => {
  const { build, deploy } = workflow.jobs
  expect(workflow.permissions).toEqual({ contents: 'read' })
  expect(build.permissions).toEqual({ contents: 'read', pages: 'read' })
  expect(deploy.permissions).toEqual({ pages: 'write', 'id-token': 'write' })
  expect(deploy.needs).toBe('build')
  expect(deploy.steps.filter(step => step.run)).toEqual([])
  expect(workflow.concurrency).toMatchObject({ group: 'pages' })
  const used = [...build.steps, ...deploy.steps].flatMap(step => step.uses ?? [])
  expect(used).toHaveLength(5)
  expect(used.filter(name => !/^actions\/[\w-]+@v\d+$/.test(name))).toEqual([])
})

test('its build step writes what the next step uploads, also without search if pagefind does not start', {
  timeout: 120_000,
}, async () => {
  const steps = workflow.jobs.build.steps
  const at = steps.findIndex(step => step.run)
  expect(steps[at]?.env).toMatchObject({ ADDRESS: expect.stringContaining('steps.pages.outputs.base_url') })
  const sessions = join(scratch, 'sessions')
  await writeSession(sessions, { id: 'one', experiments: 2 })
  const env = {
    RUNNER_TEMP: scratch,
    ADDRESS: 'https://example.org/notes',
    NIGHTSHIFT_SESSIONS: sessions,
  }
  // pagefind names its program after the machine's kind.
  const { stderr } = await execa('sh', ['-c', steps[at]?.run ?? ''], {
    cwd: notebook,
    env: { ...env, npm_config_arch: 'none' },
  })
  expect(stderr).toMatch(/search +not built: pagefind does not start on \w+-\w+: /)
  const uploaded = String(steps[at + 1]?.with?.path).replace(/^\$\{\{ runner\.temp \}\}/, scratch)
  const { document } = new JSDOM(await readFile(join(uploaded, '404.html'), 'utf8')).window
  expect(document.querySelector('.masthead .home')?.getAttribute('href')).toBe('/notes/index.html')
  await expectAddress(uploaded, 'https://example.org/notes/')
  const search = new JSDOM(await readFile(join(uploaded, 'search.html'), 'utf8')).window.document
  expect(search.querySelector('main')?.textContent).toContain('built without a search')
  expect(search.querySelectorAll('main script')).toHaveLength(0)
  expect(await readdir(uploaded)).not.toContain('pagefind')
})

/** What other sites read of a session's page is addressed absolutely: page, picture, feed. */
async function expectAddress(pages: string, site: string): Promise<void> {
  const { document } = new JSDOM(await readFile(join(pages, 'sessions/one.html'), 'utf8')).window
  const read = (selector: string, name: string) => document.querySelector(selector)?.getAttribute(name) ?? null
  expect(read('link[rel=canonical]', 'href')).toBe(`${site}sessions/one.html`)
  expect(read('meta[property="og:url"]', 'content')).toBe(`${site}sessions/one.html`)
  // Without a font there is no picture.
  const hasPicture = await hasFont()
  expect(read('meta[property="og:image"]', 'content')).toBe(hasPicture ? `${site}sessions/one/card.png` : null)
  if (hasPicture) expect((await stat(join(pages, 'sessions/one/card.png'))).size).toBeGreaterThan(1000)
  expect(await readFile(join(pages, 'feed.xml'), 'utf8')).toContain(`href="${site}sessions/one.html"`)
}

test('the GitLab job writes what it publishes', { timeout: 120_000 }, async () => {
  // A checkout of its own, since the job writes into it.
  const checkout = join(scratch, 'checkout')
  await mkdir(checkout)
  for (const name of ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', 'node_modules', 'scripts'])
    await symlink(join(notebook, name), join(checkout, name))
  await writeSession(join(scratch, 'gitlab'), { id: 'one', experiments: 2 })
  const env = { CI_PAGES_URL: 'https://lab.example.io/notes', NIGHTSHIFT_SESSIONS: join(scratch, 'gitlab') }
  await execa('sh', ['-ec', gitlab.pages.script.join('\n')], { cwd: checkout, env })
  expect(gitlab.pages.artifacts.paths).toEqual(['public'])
  await expectAddress(join(checkout, 'public'), 'https://lab.example.io/notes/')
})

test('--base is a path or a URL, not another host’s name', () => {
  expect(addressOf('/')).toEqual({ base: '/', url: null })
  expect(addressOf('/notes of mine')).toEqual({ base: '/notes%20of%20mine/', url: null })
  expect(addressOf('https://example.org')).toEqual({ base: '/', url: 'https://example.org/' })
  expect(addressOf('https://example.org/a/b')).toEqual({ base: '/a/b/', url: 'https://example.org/a/b/' })
  for (const wrong of [
    '',
    'notes',
    '//host/x',
    '/\\host',
    'ftp://host/',
    'javascript:alert(1)',
    '/x?y',
    'https://a:b@host/',
    'https://',
  ])
    expect(() => addressOf(wrong), wrong).toThrow('--base ')
})

const files = async (folder: string, texts: Record<string, string>): Promise<string> => {
  for (const [name, text] of Object.entries(texts)) {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return folder
}

test('an output folder with other files, or with the sessions, is refused', async () => {
  const home = await files(join(scratch, 'home'), { 'letters/one.txt': 'dear', '.profile': '' })
  await expect(checkDestination(home, '/elsewhere')).rejects.toThrow(`${home} contains letters, which`)
  await expect(checkDestination(join(home, 'letters/one.txt'), '/elsewhere')).rejects.toThrow(
    'is not a readable folder',
  )
  await expect(checkDestination(scratch, join(scratch, 'sessions'))).rejects.toThrow('contains the sessions folder')
  const hidden = await files(join(scratch, 'hidden'), { '.git': 'gitdir: x' })
  const earlier = await files(join(scratch, 'earlier'), {
    'feed.xml': atom('Nightshift', []),
    'index.html': '',
  })
  for (const free of [hidden, earlier, join(scratch, 'missing')])
    await expect(checkDestination(free, '/elsewhere')).resolves.toBeUndefined()
})

test('a build replaces the earlier one completely, and no other files', async () => {
  const out = await files(join(scratch, 'placed'), { '.git': 'gitdir: x' })
  await deployBuild(
    await files(join(scratch, 'first'), { 'index.html': '1', 'old.html': '1', 'sessions/a.html': '1' }),
    out,
  )
  await files(out, { CNAME: 'example.org' })
  await checkDestination(out, '/elsewhere')
  await deployBuild(await files(join(scratch, 'second'), { 'index.html': '2', 'sessions/b.html': '2' }), out)
  expect((await readdir(out, { recursive: true })).sort()).toEqual(
    ['.git', '.nightshift-site.json', 'CNAME', 'index.html', 'sessions', join('sessions', 'b.html')].sort(),
  )
  expect(await readFile(join(out, 'index.html'), 'utf8')).toBe('2')
})

test('a manifest cannot name files outside the folder', async () => {
  const kept = await files(join(scratch, 'kept'), { 'precious.txt': 'x' })
  const out = await files(join(scratch, 'forged'), {
    '.nightshift-site.json': JSON.stringify({ entries: ['../kept', '..', '.', '', kept, 'a/../../kept'] }),
  })
  await deployBuild(await files(join(scratch, 'third'), { 'index.html': '3' }), out)
  expect(await readdir(kept)).toEqual(['precious.txt'])
})
