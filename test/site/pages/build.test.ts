/** The built notebook as files: all pages exist, and every link has a target. */
import { readdir, readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { JSDOM } from 'jsdom'
import { beforeAll, expect, test } from 'vitest'
import { type Built, buildSite, builtSite } from '../../helpers/builtSite.ts'
import { sessions } from '../../helpers/exampleSessions.ts'
import { scratch } from '../../helpers/throwaway.ts'

let built: Built

beforeAll(async () => {
  built = await builtSite()
}, 120_000)

const text = (name: string) => readFile(join(built.out, name), 'utf8')

test('the build counts the sessions that it shows, and names the unreadable one', () => {
  const { out, stdout, stderr } = built
  expect(JSON.parse(stdout)).toMatchObject({ sessions: 6, leftOut: 1, out, index: join(out, 'index.html') })
  expect(stderr).toContain(`left out: ${sessions.broken}/session.json is not JSON`)
})

test('each session and experiment has a page with its records beside it', async () => {
  const pages = await readdir(join(built.out, 'sessions', sessions.long))
  expect(pages.filter(name => name.endsWith('.html'))).toHaveLength(126)
  expect(pages).toContain('experiments.jsonl')
  expect(await text(`sessions/${sessions.long}/0002/curve.csv`)).toMatch(/^step,seconds,loss\n0,0,/)
  expect(await readdir(join(built.out, 'sessions'))).toContain(`${sessions.running}.html`)
})

test('every link and anchor of pages, feed and llms.txt has a target inside the notebook', async () => {
  const names = await readdir(built.out, { recursive: true })
  const files = new Set(names)
  const pages = new Map<string, string>()
  for (const name of names.filter(name => name.endsWith('.html'))) pages.set(name, await text(name))
  expect(pages.size).toBeGreaterThan(190)
  const links = [...pages].flatMap(([name, page]) => linksOf(name, page))
  links.push(...feedLinks(await text('feed.xml')), ...markdownLinks(await text('llms.txt')))
  for (const from of ['index.html', '404.html', 'feed.xml', 'llms.txt'])
    expect(links.filter(link => link.from === from).length, from).toBeGreaterThan(3)
  const leads = ({ from, href }: Link): boolean => {
    const [, path = '', anchor] = /^([^?#]*)(?:\?[^#]*)?(?:#(.*))?$/.exec(href) ?? []
    const target = path === '' ? from : posix.join(posix.dirname(from), decodeURIComponent(path))
    const there = files.has(target) && !href.startsWith('/') && !href.includes(':')
    return there && (anchor === undefined || pages.get(target)?.includes(` id="${anchor}"`) === true)
  }
  expect(links.filter(link => !leads(link))).toEqual([])
})

test('no page contains a path of this machine', async () => {
  for (const name of ['index.html', `sessions/${sessions.long}.html`, `sessions/${sessions.long}/0002.html`])
    expect(await text(name)).not.toContain(built.sessions)
})

test('a notebook without sessions says how to make one', async () => {
  const root = await scratch()
  const { out } = await buildSite(join(root, 'none'), join(root, 'out'))
  expect(await readFile(join(out, 'index.html'), 'utf8')).toContain('npx pnpm demo')
})

interface Link {
  /** File that contains the link. */
  from: string
  href: string
}

/**
 * Base of relative links: the notebook's root for 404.html, which a host serves under any path; else the page's
 * folder.
 */
const linksOf = (from: string, html: string): Link[] =>
  [...html.matchAll(/ (?:href|src)="([^"]*)"/g)]
    .map(([, href = '']) => ({ from, href: from === '404.html' ? href.replace(/^\//, '') : href }))
    .filter(({ href }) => !href.startsWith('data:'))

/** Links of the entries and of the HTML in them. */
function feedLinks(xml: string): Link[] {
  const { document } = new JSDOM(xml, { contentType: 'application/xml' }).window
  const own = [...document.querySelectorAll('link')].map(link => link.getAttribute('href') ?? '')
  const inContent = [...document.querySelectorAll('content')].flatMap(c => linksOf('feed.xml', c.textContent ?? ''))
  return [...own.map(href => ({ from: 'feed.xml', href })), ...inContent]
}

const markdownLinks = (markdown: string): Link[] =>
  [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].map(([, href = '']) => ({ from: 'llms.txt', href }))
