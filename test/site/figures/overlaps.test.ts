/** No text of a figure covers another: measured in a browser, on each kind of page, at each width. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { digest } from '../../../scripts/analysis/digest.ts'
import { view } from '../../../site/data/view.ts'
import { openSite, type Site } from '../../helpers/browser.ts'
import { type SessionOptions, simulate } from '../../helpers/exampleSessions.ts'
import { openKinds } from '../pages/pageKinds.ts'
import { longSession, viewOf } from './longSession.ts'

const accuracy = { name: 'accuracy', goal: 'maximize', unit: null, holdout: null } as const
const cases: Record<string, Omit<SessionOptions, 'id'>> = {
  3: { experiments: 4 },
  10: { experiments: 11, confirmed: 'inconclusive' },
  48: { experiments: 49, confirmed: 'worse' },
  126: { experiments: 127 },
  910: { experiments: 911 },
  10000: { experiments: 10_001 },
  accuracy: { experiments: 60, metric: accuracy, baseline: 0.4, step: 0.003, sigma: 0.0003 },
}

/** As after the report; of a long session, whose digest takes a minute, as before it. */
function viewFor(options: Omit<SessionOptions, 'id'>) {
  if (options.experiments > 500) return viewOf(options)
  const records = simulate({ id: 'n', ...options })
  const facts = digest(records.session, records.experiments, new Map())
  return view({ kind: 'session', id: 'n', folder: '/n', report: null, prose: null, ...records, digest: facts })
}

let built: Awaited<ReturnType<typeof openKinds>>
let site: Site
let folder: string
beforeAll(async () => {
  built = await openKinds()
  folder = await mkdtemp(join(tmpdir(), 'nightshift-overlaps-'))
  for (const [name, options] of Object.entries(cases))
    await writeFile(join(folder, `${name}.html`), await longSession(viewFor(options)))
  site = await openSite(folder)
}, 120_000)
afterAll(async () => {
  await built?.site.close()
  await site?.close()
  await rm(folder, { recursive: true, force: true })
})

/** Pairs of texts of a drawing that cover each other, and texts outside of it. Runs in the page. */
function clashes(): string[] {
  const drawings = [...document.querySelectorAll<SVGSVGElement>('svg.plot')].filter(
    svg => svg.getClientRects().length > 0,
  )
  return drawings.flatMap(svg => {
    const frame = svg.getBoundingClientRect()
    const boxes = [...svg.querySelectorAll('text')]
      .filter(text => text.textContent?.trim())
      .map(text => ({ text: text.textContent, box: text.getBoundingClientRect() }))
    // A line of text is taller than its letters, so lines may touch by a few pixels.
    const covers = (a: DOMRect, b: DOMRect) =>
      Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
      Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4
    const pairs = boxes.flatMap((a, i) =>
      boxes.slice(i + 1).flatMap(b => (covers(a.box, b.box) ? [`${a.text} | ${b.text}`] : [])),
    )
    const outside = boxes.filter(({ box }) => box.left < frame.left - 2 || box.right > frame.right + 2)
    return [...pairs, ...outside.map(({ text }) => `outside: ${text}`)]
  })
}

const widths = [1440, 800, 390]

async function expectApart(
  from: Site,
  name: string,
  before: (page: Page) => Promise<void> = async () => {},
): Promise<void> {
  for (const width of widths)
    await from.visit(
      name,
      async page => {
        await before(page)
        expect(await page.evaluate(clashes), `${name} at ${width}`).toEqual([])
      },
      { width },
    )
}

test.each(Object.keys(cases))('the frontier of a session of %s, whole and from experiment 10', async name => {
  await expectApart(site, `${name}.html`)
  if ((cases[name]?.experiments ?? 0) > 50)
    await expectApart(site, `${name}.html`, page => page.getByRole('button', { name: 'From experiment 10' }).click())
})

test('the figures of each kind of page', async () => {
  for (const name of built.names) await expectApart(built.site, name)
})
