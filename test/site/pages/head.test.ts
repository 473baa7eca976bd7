/** What a page says of itself to a browser's tab and to a site that links to it. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { JSDOM } from 'jsdom'
import { beforeAll, expect, test } from 'vitest'
import { type Built, builtSite } from '../../helpers/builtSite.ts'
import { sessions } from '../../helpers/exampleSessions.ts'

let built: Built

beforeAll(async () => {
  built = await builtSite()
}, 120_000)

async function headOf(name: string) {
  const { document } = new JSDOM(await readFile(join(built.out, name), 'utf8')).window
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
