/** A small built notebook: home, ideas, feed, data files, theme, and the search on a server. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { JSDOM } from 'jsdom'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { openSite, type Site } from '../../helpers/browser.ts'
import { buildSite } from '../../helpers/builtSite.ts'
import { hostile, writeSession } from '../../helpers/exampleSessions.ts'
import { startStaticServer } from '../../helpers/staticServer.ts'

const ids = { own: '2026-11-20-h100-kqzt-nov20', foreign: '2026-11-19-cpu-abcd-nov19', undated: 'undated-fork' }
let scratch: string
let out: string
let site: Site

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'nightshift-home-'))
  out = join(scratch, 'out')
  await writeSessions(join(scratch, 'sessions'))
  const { stdout } = await buildSite(join(scratch, 'sessions'), out)
  expect(JSON.parse(stdout)).toMatchObject({ sessions: 3, searched: 40 })
  site = await openSite(out)
}, 120_000)

afterAll(async () => {
  await site?.close()
  await rm(scratch, { recursive: true, force: true })
})

test('an unconfirmed session shows the command that confirms it and its estimated minutes', async () => {
  await site.visit('index.html', async page => {
    expect(await page.textContent('h1')).toMatch(
      /^Not confirmed yet: val_bpb 0\.\d+\u00a0→\u00a00\.\d+ in single runs$/,
    )
    expect(await page.textContent('.lead .verdict')).toContain('Baseline and head have not been run again.')
    const [command] = await page.locator('.lead .command').allTextContents()
    // Three pairs of runs of 308 s.
    expect(command?.replace(/\s+/g, ' ').trim()).toContain(`Confirm it (about 31 min): npx pnpm confirm ${ids.own}`)
    expect(await page.textContent('.lead .counts')).toMatch(/^23 experiments, \d+ kept, .*best single run 0\.\d{4}\./)
  })
})

test('home lists the large changes with their share and sums up the others, with links', async () => {
  await site.visit('index.html', async page => {
    const kept = page.locator('section', { has: page.locator('h2', { hasText: 'What was kept' }) })
    expect(await kept.locator('li:not(.sum) .why').first().textContent()).toMatch(/\d+% of the summed gains/)
    const digest = JSON.parse(await readFile(join(out, 'sessions', ids.own, 'digest.json'), 'utf8'))
    const open = digest.kept.filter(({ label }: { label: string }) => label === 'unproven' || label === 'too few runs')
    expect(open.length).toBeGreaterThan(2)
    const links = kept.locator('li.sum a')
    expect(await links.count()).toBe(digest.kept.length - (await kept.locator('li:not(.sum)').count()))
    expect(await links.first().getAttribute('href')).toContain(`${ids.own}/00`)
  })
})

test('a page links to where its session was posted, only to https addresses', async () => {
  await site.visit(`sessions/${ids.own}.html`, async page => {
    const links = page.locator('p.meta', { hasText: 'Posted:' }).locator('a')
    expect(await links.allTextContents()).toEqual(['discussion in my-lab/<b>research on github.com, 22 November 2026'])
    expect(await links.getAttribute('href')).toBe('https://github.com/my-lab/research/discussions/7')
    expect(await links.getAttribute('rel')).toBe('noopener noreferrer nofollow')
  })
  await site.visit(`sessions/${ids.foreign}.html`, async page => {
    expect(await page.textContent('main')).not.toContain('Posted:')
  })
})

test('home shows noise, luck and where the time went', async () => {
  await site.visit('index.html', async page => {
    const text = (await page.textContent('main')) ?? ''
    expect(text).toContain('σ of val_bpb from seed to seed is 0.00050')
    expect(text).toMatch(/Selection alone, among changes without effect, would have shown a gain of about 0\.\d+/)
    expect(text.match(/Selection alone, among/g)).toHaveLength(1)
    expect(text).toMatch(/Idle\s*\d+ min/)
  })
})

test('sessions are filtered by machine, with a count, and all come back', async () => {
  await site.visit('index.html', async page => {
    const rows = page.locator('#sessions tbody tr:visible')
    expect(await rows.count()).toBe(3)
    await page.selectOption('select[name=Machine]', 'cpu-abcd')
    expect(await rows.count()).toBe(2)
    expect(await page.textContent('#sessions ~ .meta, form output')).toBe('2 of 3')
    await page.selectOption('select[name=Machine]', '')
    expect(await rows.count()).toBe(3)
  })
})

test('home and ideas list their sections, and the list of ideas follows the choice of a machine', async () => {
  await site.visit('index.html', async page => {
    const links = page.locator('.contents .beside a')
    const there = (await page.locator('main > section > h2').allTextContents()).map(text => text.trim())
    expect(await links.allTextContents()).toEqual(there)
    for (const href of await links.evaluateAll(all => all.map(a => a.getAttribute('href') ?? '')))
      expect(await page.locator(href).count(), href).toBe(1)
  })
  await site.visit('ideas.html', async page => {
    const listed = () => page.locator('.contents .beside li:not([hidden]) a').allTextContents()
    const shown = () => page.locator('#ideas > section:visible h2').allTextContents()
    expect(await listed()).toHaveLength(3)
    await page.selectOption('select[name=Machine]', 'cpu-abcd')
    expect(await listed()).toHaveLength(2)
    expect((await listed()).every(text => text.endsWith('cpu-abcd'))).toBe(true)
    expect(await shown()).toHaveLength(2)
    await page.selectOption('select[name=Machine]', '')
    expect(await listed()).toHaveLength(3)
  })
})

test('the ideas of each session name their source, and a report’s advice is sanitized', async () => {
  await site.visit('ideas.html', async page => {
    expect(await page.locator('[aria-current]').textContent()).toBe('Ideas')
    const head = page.locator('h3:has-text("Run again")').first()
    expect(await head.locator('+ .meta').textContent()).toContain('Discarded within noise.')
    const near = head.locator('~ ul').first()
    await near.locator('a').first().click()
    expect(await page.textContent('.lede')).toContain('Discarded.')
    await page.goBack()
    const advice = page.locator('section', { hasText: 'What its report advises' })
    expect(await advice.locator('.report li').first().innerHTML()).toContain('Try a longer warmup')
    expect(await advice.locator('.report a').getAttribute('href')).toMatch(/0001\.html$/)
    expect(await page.textContent('main')).toContain('softcap 15 to 17')
  })
})

test('a collected session shows how it was read and its warnings', async () => {
  await site.visit(`sessions/${ids.foreign}.html`, async page => {
    const section = page.locator('#import')
    const text = (await section.textContent()) ?? ''
    expect(text).toContain('How it was imported')
    expect(text).toContain('Collected from fork.bundle')
    expect(text).toContain('A run is taken to train for 300 s.')
    expect(text).toContain('<img src=x onerror="window.pwned=1">')
    expect(await section.locator('a').getAttribute('href')).toMatch(/0002\.html$/)
  })
})

test('the chosen theme applies on the next page before the first paint', async () => {
  const context = await site.browser.newContext({ colorScheme: 'light' })
  const page = await context.newPage()
  const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  await page.goto(site.url('index.html'))
  expect(await paper()).toBe('rgb(253, 252, 248)')
  await page.selectOption('.theme select', 'dark')
  expect(await paper()).toBe('rgb(22, 21, 19)')
  await page.goto(site.url('ideas.html'), { waitUntil: 'commit' })
  await page.waitForSelector('main')
  expect(await paper()).toBe('rgb(22, 21, 19)')
  expect(await page.inputValue('.theme select')).toBe('dark')
  await page.emulateMedia({ media: 'print' })
  expect(await paper()).toBe('rgb(255, 255, 255)')
  await page.emulateMedia({ media: 'screen', colorScheme: 'dark' })
  await page.selectOption('.theme select', 'light')
  expect(await paper()).toBe('rgb(253, 252, 248)')
  await page.selectOption('.theme select', 'system')
  expect(await paper()).toBe('rgb(22, 21, 19)')
  await context.close()
})

test('the feed is XML with the dated reports, newest first, and their opening paragraphs', async () => {
  const text = await readFile(join(out, 'feed.xml'), 'utf8')
  const { document } = new JSDOM(text, { contentType: 'application/xml' }).window
  const entries = [...document.querySelectorAll('entry')]
  expect(entries.map(e => e.querySelector('link')?.getAttribute('href'))).toEqual([
    `sessions/${ids.own}.html`,
    `sessions/${ids.foreign}.html`,
  ])
  const [first] = entries
  expect(first?.querySelector('updated')?.textContent).toMatch(/^2026-11-21T/)
  expect(first?.querySelector('content')?.textContent).toMatch(
    /^<p>Not confirmed yet: val_bpb 0\.\d+ → 0\.\d+ in single runs\./,
  )
  expect(text).not.toContain('<script')
})

test('sessions and ideas are available as JSON and CSV', async () => {
  const rows = JSON.parse(await readFile(join(out, 'data/sessions.json'), 'utf8'))
  expect(rows.map((r: { session: string }) => r.session)).toEqual([ids.own, ids.foreign, ids.undated])
  const table = (await readFile(join(out, 'data/sessions.csv'), 'utf8')).trimEnd().split('\r\n')
  expect(table[0]).toBe(Object.keys(rows[0]).join(','))
  expect(table).toHaveLength(4)
  const ideas = JSON.parse(await readFile(join(out, 'data/ideas.json'), 'utf8'))
  expect(ideas[0]).toMatchObject({ session: ids.own, experiments: [expect.any(Number)] })
  const experiments = await readFile(join(out, 'sessions', ids.own, 'experiments.csv'), 'utf8')
  expect(experiments.split('\r\n')[3]).toMatch(/^2,\d+,\w+,<script>window\.pwned = 1<\/script>,/)
})

test('llms.txt links to every session and contains no text by an agent', async () => {
  const text = await readFile(join(out, 'llms.txt'), 'utf8')
  for (const id of Object.values(ids)) expect(text).toContain(`(sessions/${id}.html)`)
  expect(text).toContain(`[report](sessions/${ids.own}/report.md)`)
  expect(text).not.toMatch(/pwned|good idea/)
})

test('the search finds words of diffs and reports, shows them as text, and keeps them in the address', async () => {
  const host = await startStaticServer(out)
  const there = await openSite(host.root)
  onTestFinished(async () => {
    await there.close()
    host.close()
  })
  await there.visit('search.html', async page => {
    await page.fill('.search input', 'in a string')
    await page.waitForSelector('.results li')
    expect(await page.textContent('.results')).toContain('</script> in a string')
    expect(page.url()).toContain('?q=in%20a%20string')
    await page.goto(there.url('search.html?q=pwned'))
    await page.waitForSelector('.results mark')
    const found = page.locator('.results li', { hasText: hostile[2] ?? '' }).first()
    expect(await found.locator('script').count()).toBe(0)
    await found.locator('a').click()
    expect(await page.textContent('h1')).toContain('pwned')
    await page.goto(there.url('search.html?q=qqzzx'))
    await page.waitForFunction(() => document.querySelector('.search output')?.textContent === 'Nothing found.')
  })
})

test('opened from disk, the search page says what it needs', async () => {
  await site.visit('search.html', async page => {
    expect(await page.isVisible('.unserved')).toBe(true)
    expect(await page.isVisible('.search')).toBe(false)
  })
})

test('the 404 page links back from any depth', async () => {
  const { document } = new JSDOM(await readFile(join(out, '404.html'), 'utf8')).window
  expect(document.querySelector('h1')?.textContent).toBe('There is no such page')
  const links = [...document.querySelectorAll('a:not(.skip)')]
  expect(links.length).toBeGreaterThan(3)
  for (const link of links) expect(link.getAttribute('href')).toMatch(/^\//)
})

/** A session without confirm, a collected one with warnings and an author's report, and one without a date. */
async function writeSessions(root: string): Promise<void> {
  const descriptions = hostile
  await writeSession(root, { id: ids.own, experiments: 24, confirmed: null, descriptions })
  await writeSession(root, { id: ids.foreign, experiments: 9, confirmed: null, startedAt: '2026-11-19T22:03:10Z' })
  await writeSession(root, { id: ids.undated, experiments: 4, confirmed: null })
  await collected(join(root, ids.foreign), {})
  await collected(join(root, ids.undated), { startedAt: null, endedAt: null })
  const at = '2026-11-22T07:00:00.000Z'
  const addresses = ['javascript:window.pwned=1', 'https://github.com/my-lab/research/discussions/7', '/home/me/docs']
  const posts = addresses.map(address => ({
    to: 'discussion',
    address,
    repository: 'my-lab/<b>research',
    id: 'D_7',
    key: 'session',
    at,
  }))
  await writeFile(join(root, ids.own, 'posts.json'), JSON.stringify({ schema: 1, posts }))
  await writeFile(join(root, ids.foreign, 'posts.json'), '{"schema": 1, "posts": "everywhere"}')
  const note = (code: string, text: string, experiments: number[]) => ({ code, text, experiments, lines: [] })
  const source = {
    schema: 2,
    kind: 'table',
    from: 'fork.bundle',
    git: null,
    table: null,
    columns: [],
    statuses: [],
    metric: { name: 'val_bpb', goal: 'minimize', why: 'its name', sure: true },
    notes: [note('budget', 'A run is taken to train for 300 s.', [])],
    warnings: [
      note('better-discarded', '0002 was better <img src=x onerror="window.pwned=1">', [2]),
      note('unmeasured-commit', '216eeb8 (“softcap 15 to 17”) is on the branch and in no row.', []),
    ],
  }
  await writeFile(join(root, ids.foreign, 'source.json'), JSON.stringify(source))
  const advice = '## What to try next\n\n- Try a longer warmup <img src=x onerror="window.pwned=1">.\n- 0001 again.\n'
  // A report by others, without report.source.md.
  await rm(join(root, ids.foreign, 'report.source.md'))
  await writeFile(join(root, ids.foreign, 'report.md'), `# A session\n\n${advice}`)
}

async function collected(folder: string, changes: object): Promise<void> {
  const path = join(folder, 'session.json')
  const session = { ...JSON.parse(await readFile(path, 'utf8')), source: { kind: 'table', from: 'fork.bundle' } }
  await writeFile(path, JSON.stringify({ ...session, ...changes }))
}
