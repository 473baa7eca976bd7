/** Every text of a session is hostile, and every page of the notebook is opened. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { HtmlValidate } from 'html-validate'
import { JSDOM } from 'jsdom'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pageKinds } from '../../../bench/site/pageKinds.ts'
import { hasFont } from '../../../scripts/lib/png.ts'
import { openSite, type Site } from '../../helpers/browser.ts'
import { decodePng } from '../../helpers/png.ts'
import { startStaticServer } from '../../helpers/staticServer.ts'
import { ids, irregular, linkedFolders, unreadable, writeHostileNotebook } from './hostile/notebook.ts'
import { strings } from './hostile/strings.ts'

const base = '/notes/of the session/'
const address = `https://example.org${encodeURI(base)}`

let scratch: string
let out: string
let names: string[]
let stderr: string
let site: Site

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'nightshift-hostile-'))
  out = join(scratch, 'out')
  await writeHostileNotebook(join(scratch, 'sessions'))
  const flags = ['--sessions', join(scratch, 'sessions'), '--out', out, '--base', `https://example.org${base}`]
  stderr = (await execa(process.execPath, ['scripts/site.ts', ...flags])).stderr
  names = await readdir(out, { recursive: true })
  site = await openSite(out)
}, 120_000)
afterAll(async () => {
  await site?.close()
  await rm(scratch, { recursive: true, force: true })
})

const text = (name: string) => readFile(join(out, name), 'utf8')
const pagesOf = (all: string[]) => all.filter(name => name.endsWith('.html'))

test('no page opened from disk runs or loads hostile content, or contains it as markup', {
  timeout: 120_000,
}, async () => {
  const pages = pagesOf(names)
  expect(pages.length).toBeGreaterThan(strings.length)
  expect(await unsound(site, pages)).toEqual([])
})

test('neither does any kind of page, nor a search, on a host under a path', async () => {
  const host = await startStaticServer(out, encodeURI(base))
  const there = await openSite(host.root)
  try {
    expect(await unsound(there, [...(await pageKinds(out)).values()])).toEqual([])
    await there.visit('search.html?q=pwned', async page => {
      await page.waitForSelector('.results mark')
      expect(await page.evaluate(foreign)).toEqual([])
    })
  } finally {
    await there.close()
    host.close()
  }
})

test('neither does a comparison made in the browser', async () => {
  await site.visit(`compare.html#s=${ids.reported},${ids.foreign}`, async page => {
    await page.waitForFunction(() => document.querySelector('#chosen')?.textContent?.startsWith('2 of '))
    await page.waitForSelector('.compared svg')
    expect(await page.evaluate(foreign)).toEqual([])
  })
})

test('hostile text is shown as text, from a report’s source and from report.md', async () => {
  expect(stderr).toContain(`${ids.foreign}: Line`)
  expect(stderr).not.toContain(`${ids.reported}: `)
  for (const id of [ids.reported, ids.foreign])
    await site.visit(`sessions/${id}.html`, async page => {
      expect(await page.locator('.report').allTextContents()).toContainEqual(expect.stringContaining('{{constructor.'))
    })
  await site.visit(`sessions/${ids.foreign}.html`, async page => {
    const heads = await page.locator('.ledger .what a').allTextContents()
    for (const said of ['<script data-pwned>window.pwned=1</script>', '" data-pwned autofocus', '{{constructor.'])
      expect(
        heads.filter(head => head.includes(said)),
        said,
      ).not.toEqual([])
    const links = await page.locator('.report a').evaluateAll(all => all.map(a => a.getAttribute('href') ?? ''))
    expect(links.filter(link => /^\s*[a-z][\w+.-]*:/i.test(link) && !/^https?:/.test(link))).toEqual([])
    expect(links).toContain('https://pwned.invalid/auto')
  })
})

test('each kind of page is valid HTML', async () => {
  // remark writes column alignment as an attribute.
  const validator = new HtmlValidate({ extends: ['html-validate:standard'], rules: { 'no-deprecated-attr': 'off' } })
  for (const name of (await pageKinds(out)).values()) {
    const { results } = await validator.validateString(await text(name))
    expect(
      results.flatMap(r => r.messages.map(m => `${m.ruleId}: ${m.message}`)),
      name,
    ).toEqual([])
  }
})

test('sessions with unsafe names, or that are links, are left out and named on one line', async () => {
  const left = stderr.split('\n').filter(line => line.startsWith('left out: '))
  expect(left).toHaveLength(strings.length + 3)
  expect(left).toContain(
    'left out: 2026-11-23-linked: It is a link out of the folder of the sessions, and none of it is shown.',
  )
  expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/)
  expect((await readdir(join(out, 'sessions'))).filter(name => name.endsWith('.html')).sort()).toEqual(
    Object.values(ids)
      .map(id => `${id}.html`)
      .sort(),
  )
})

test('of a session with links out of its folder, what they name is left out, and its page says so', async () => {
  expect(await madeWithout(ids.linking)).toBe(
    `Made without ${linkedFolders.map(name => `${name}, a link out of the session`).join('; ')}.`,
  )
  for (const name of names.filter(name => /\.\w+$/.test(name)))
    expect(await text(name), name).not.toContain('the secret of this machine')
  const beside = names.filter(name => name.startsWith(`sessions/${ids.linking}/`))
  expect(beside).toContain(`sessions/${ids.linking}/0003/curve.csv`)
  for (const number of ['0001', '0002']) expect(beside).not.toContain(`sessions/${ids.linking}/${number}/curve.csv`)
})

/** What the page of a session says that it was made without. */
async function madeWithout(id: string): Promise<string | undefined> {
  const { document } = new JSDOM(await text(`sessions/${id}.html`)).window
  return [...document.querySelectorAll('p.meta')].map(p => p.textContent ?? '').find(p => p.startsWith('Made without'))
}

test('files that are pipes, folders, links or too large are left out, and their page says so', async () => {
  const expected = irregular.flatMap(([, , what]) => (what === '' ? [] : [what])).sort()
  expect(await madeWithout(ids.irregular)).toBe(
    `Made without ${expected.slice(0, 3).join('; ')}; and ${expected.length - 3} other files.`,
  )
  const beside = names
    .filter(name => name.startsWith(`sessions/${ids.irregular}/`))
    .map(name => name.split('/').slice(2).join('/'))
  expect(beside).toContain('0004/curve.csv')
  for (const name of ['report.md', '0001/curve.csv', '0002/curve.csv', '0003/curve.csv'])
    expect(beside).not.toContain(name)
  const left = stderr.split('\n').filter(line => line.startsWith('left out: '))
  expect(left.find(line => line.includes(unreadable.piped))).toMatch(/session\.json cannot be read: it is a pipe\./)
  expect(left.find(line => line.includes(unreadable.huge))).toMatch(
    /digest\.json cannot be read: it is a file of 1073\.7 MB/,
  )
})

test('the same session is collected and reported without them', async () => {
  const from = join(scratch, 'sessions', ids.irregular)
  const env = { NIGHTSHIFT_SESSIONS: join(scratch, 'collected'), NIGHTSHIFT_WORK: join(scratch, 'work') }
  const collected = await execa(process.execPath, ['scripts/collect.ts', from], { env, all: true })
  expect(collected.all.replace(/\s+/g, ' ')).toContain('Not copied: runs/0001/change.patch is a folder')
  const copied = await readdir(join(scratch, 'collected', ids.irregular), { recursive: true, withFileTypes: true })
  expect(copied.filter(entry => !entry.isFile() && !entry.isDirectory())).toEqual([])
  expect(copied.map(entry => entry.name)).toContain('report.md')
})

test('no CSV cell is a formula, however its lines are split', async () => {
  const tables = names.filter(name => name.endsWith('.csv'))
  expect(tables.length).toBeGreaterThan(strings.length)
  for (const name of tables) {
    const cells = (await text(name)).split(/[;\r\n\t]|,(?="|[^ ])/).map(cell => cell.replace(/^"/, ''))
    const formulas = cells.filter(cell => /^[=+\-@＝＋－＠]/.test(cell) && !Number.isFinite(Number(cell)))
    expect(formulas, name).toEqual([])
  }
})

test('feed and llms.txt are well-formed, contain no hostile markup, and use the public URL', async () => {
  const { document } = new JSDOM(await text('feed.xml'), { contentType: 'application/xml' }).window
  expect(document.querySelectorAll('entry')).toHaveLength(4)
  for (const link of document.querySelectorAll('link'))
    expect(link.getAttribute('href')?.startsWith(address)).toBe(true)
  for (const content of document.querySelectorAll('content')) {
    const { window } = new JSDOM(content.textContent ?? '')
    expect(window.document.querySelectorAll('[data-pwned], img, script, style, iframe, form, svg')).toHaveLength(0)
  }
  const [, sessions = ''] = (await text('llms.txt')).split('\n## ')
  const lines = sessions.split('\n').filter(line => line.startsWith('- '))
  expect(lines).toHaveLength(Object.keys(ids).length)
  for (const [, link = ''] of lines.join('\n').matchAll(/\]\(([^)]*)\)/g)) expect(link.startsWith(address)).toBe(true)
  expect(lines.join('\n')).not.toMatch(/[<>`]|\[[^\]]*\[/)
})

test('with a public address each page has a picture: its session’s, the comparison’s, or the last session’s', async () => {
  const expected = {
    'index.html': 'card.png',
    'ideas.html': 'card.png',
    'compare.html': 'compare.png',
    [`sessions/${ids.foreign}.html`]: `sessions/${ids.foreign}/card.png`,
    [`sessions/${ids.foreign}/0001.html`]: `sessions/${ids.foreign}/card.png`,
  }
  for (const [name, path] of Object.entries(expected)) {
    const { document } = new JSDOM(await text(name)).window
    const og = (property: string) => document.querySelector(`meta[property="og:${property}"]`)?.getAttribute('content')
    if (!(await hasFont())) {
      expect(og('image')).toBeUndefined()
      continue
    }
    expect([og('image'), og('image:width'), og('image:height')], name).toEqual([`${address}${path}`, '1200', '630'])
    expect(og('image:alt')).toMatch(/\w{3}/)
    const png = decodePng(await readFile(join(out, path)))
    expect([png.width, png.height]).toEqual([1200, 630])
  }
})

test('the links of every page, and of 404.html for any URL, work under the path', async () => {
  const host = await startStaticServer(out, encodeURI(base))
  try {
    const lost = await fetch(`${host.root}/sessions/gone/0001.html`)
    expect(lost.status).toBe(404)
    const { document } = new JSDOM(await lost.text()).window
    const links = [...document.querySelectorAll('a:not(.skip)')].map(a => a.getAttribute('href') ?? '')
    expect(links.length).toBeGreaterThan(3)
    for (const link of links) expect((await fetch(new URL(link, host.root))).status, link).toBe(200)
    const home = new JSDOM(await text('index.html')).window.document
    expect(home.querySelector('link[rel=canonical]')?.getAttribute('href')).toBe(address)
  } finally {
    host.close()
  }
})

/** Problems of these pages, one per line; `visitAll` itself fails on a foreign request, error or dialog. */
async function unsound(where: Site, pages: string[]): Promise<string[]> {
  const wrong: string[] = []
  const rest = [...pages]
  const look = async (page: Page, name: string) => {
    for (const problem of await page.evaluate(foreign)) wrong.push(`${name}: ${problem}`)
  }
  // A few at a time: enough for two cores.
  await Promise.all([1, 2, 3].map(() => where.visitAll(rest, look)))
  return wrong
}

/** Runs in the page: finds elements, attributes and links that our pages never have, and a body unlike the layout's. */
function foreign(): string[] {
  const own = new Set(['A.skip', 'HEADER.masthead', 'MAIN.', 'FOOTER.colophon', 'SCRIPT.'])
  const outside = [...document.body.children].map(e => `${e.tagName}.${e.className}`).filter(name => !own.has(name))
  const never =
    'base, iframe, object, embed, img, math, foreignObject, use, video, link[rel=import], [data-pwned], [style]'
  const more =
    'meta[http-equiv]:not([http-equiv=Content-Security-Policy]), [action], [formaction], [srcdoc], [src]:not(script)'
  const elements = [...document.querySelectorAll(`${never}, ${more}`)].map(e => e.outerHTML.slice(0, 200))
  // The icon is the layout's own data URL.
  const attributes = [...document.querySelectorAll(':not(head > link[rel=icon])')]
    .flatMap(e => [...e.attributes])
    .filter(a => /^on/i.test(a.name) || (a.name === 'href' && /^\s*(?:javascript|data|file):/i.test(a.value)))
    .map(a => `${a.name}=${a.value}`)
  const polluted = 'polluted' in {} ? ['Object.prototype has a property of theirs'] : []
  return [...outside, ...elements, ...attributes, ...polluted]
}
