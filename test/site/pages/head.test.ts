/** What a page says of itself to a browser's tab and to a site that links to it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { JSDOM } from 'jsdom'
import { beforeAll, expect, test } from 'vitest'
import { hasFont } from '../../../scripts/lib/png.ts'
import { type Built, builtSite } from '../../helpers/builtSite.ts'
import { sessions, writeSession } from '../../helpers/exampleSessions.ts'
import { decodePng } from '../../helpers/png.ts'

let built: Built

beforeAll(async () => {
  built = await builtSite()
}, 120_000)

async function headOf(name: string, out = built.out) {
  const { document } = new JSDOM(await readFile(join(out, name), 'utf8')).window
  const og = (property: string) => document.querySelector(`meta[property="og:${property}"]`)?.getAttribute('content')
  return { icon: document.querySelector('link[rel=icon]')?.getAttribute('href') ?? '', og }
}

test.each(['index.html', 'compare.html', 'machines.html', `sessions/${sessions.long}/0002.html`])(
  '%s has an icon, a title and a description',
  async name => {
    const { icon, og } = await headOf(name)
    expect(decodeURIComponent(icon)).toMatch(/^data:image\/svg\+xml,<svg /)
    expect(og('title')).not.toBe('')
    expect(og('description')).toMatch(/\w{3}.*\.$/)
    expect(og('site_name')).toBe('Nightshift')
    // A picture's address must be absolute, and these pages have no public address.
    expect(og('image')).toBeUndefined()
  },
)

test('a session’s description is its result', async () => {
  const { og } = await headOf(`sessions/${sessions.long}.html`)
  expect(og('description')).toMatch(/val_bpb 0\.\d+ → 0\.\d+, .* lower, confirmed on 3 new seeds/)
})

test('with a public address each page has a picture: its session’s, the comparison’s, or the last session’s', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-cards-'))
  try {
    const root = join(folder, 'sessions')
    await writeSession(root, { id: sessions.demo, experiments: 9 })
    await writeSession(root, { id: sessions.last, experiments: 12 })
    const out = join(folder, 'out')
    const flags = ['--sessions', root, '--out', out, '--base', 'https://example.org/notebook/']
    await execa(process.execPath, ['scripts/site.ts', ...flags])
    const expected = {
      'index.html': 'card.png',
      'ideas.html': 'card.png',
      'compare.html': 'compare.png',
      [`sessions/${sessions.demo}.html`]: `sessions/${sessions.demo}/card.png`,
      [`sessions/${sessions.demo}/0001.html`]: `sessions/${sessions.demo}/card.png`,
    }
    for (const [name, path] of Object.entries(expected)) {
      const { og } = await headOf(name, out)
      if (!(await hasFont())) {
        expect(og('image')).toBeUndefined()
        continue
      }
      expect([og('image'), og('image:width'), og('image:height')]).toEqual([
        `https://example.org/notebook/${path}`,
        '1200',
        '630',
      ])
      expect(og('image:alt')).toMatch(/\w{3}/)
      const png = decodePng(await readFile(join(out, path)))
      expect([png.width, png.height]).toEqual([1200, 630])
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}, 120_000)
