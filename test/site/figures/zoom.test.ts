/** Zooming into a range of a long session: the drawing, and the selection by pointer and by keys. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import axe from 'axe-core'
import { JSDOM } from 'jsdom'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { maker } from '../../../site/components/compare/make.ts'
import { frontierTips } from '../../../site/data/session/tips.ts'
import {
  readZoomText,
  type ZoomRange,
  zoomFigure,
  zoomRangeText,
  zoomText,
} from '../../../site/figures/frontier/zoom.ts'
import { overlap } from '../../../site/figures/labels.ts'
import { size, textWidth } from '../../../site/figures/text.ts'
import { tipsText } from '../../../site/figures/tips.ts'
import { openSite, type Site } from '../../helpers/browser.ts'
import { hostile } from '../../helpers/exampleSessions.ts'
import { longSession, viewOf } from './longSession.ts'

const descriptions = Object.fromEntries(
  Array.from({ length: 200 }, (_, i) => [400 + i, Object.values(hostile)[i % 4] ?? '']),
)
const accuracy = { name: 'accuracy', goal: 'maximize', unit: null, holdout: null } as const
const sessions = {
  910: viewOf({ experiments: 910, descriptions }),
  10000: viewOf({ experiments: 10_000 }),
  upwards: viewOf({ experiments: 400, metric: accuracy, baseline: 0.4, step: 0.003, sigma: 0.0003 }),
}
let folder: string
let site: Site
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightshift-zoom-'))
  for (const size of [910, 10_000] as const)
    await writeFile(join(folder, `${size}.html`), await longSession(sessions[size]))
  site = await openSite(folder)
}, 60_000)
afterAll(async () => {
  await site?.close()
  await rm(folder, { recursive: true, force: true })
})

function drawn(name: keyof typeof sessions, range: ZoomRange) {
  const v = sessions[name]
  const tips = frontierTips(v, '')
  const session = readZoomText(zoomText(v.frontierData) ?? '', tipsText(tips))
  const { document } = new JSDOM('').window
  return { session, tips, drawings: zoomFigure(maker(document), session, range) }
}

/** "x,y" or "-" of each mark. */
const marksOf = (svg: Element | undefined) => svg?.getAttribute('data-marks')?.split(' ') ?? []

test('a session of 50 experiments or more, beside the baseline, has zoom data', () => {
  expect(zoomText(viewOf({ experiments: 50 }).frontierData)).toBeUndefined()
  expect(zoomText(viewOf({ experiments: 51 }).frontierData)).toMatch(/^\{"metric":/)
  expect(zoomText(sessions.upwards.frontierData)).toMatch(/^\{"metric":/)
})

test.each([
  [910, [546, 681]],
  [910, [889, 909]],
  [910, [0, 300]],
  [10_000, [6009, 6207]],
  ['upwards', [100, 180]],
] as [keyof typeof sessions, ZoomRange][])(
  'a zoomed range of the session of %s, %o, is valid in each width',
  (name, range) => {
    const { tips, drawings, session } = drawn(name, range)
    expect(drawings.map(svg => svg.getAttribute('class'))).toEqual(['plot at-wide', 'plot at-middle', 'plot at-narrow'])
    for (const svg of drawings) {
      expect(svg.outerHTML).not.toMatch(/NaN|Infinity|undefined|style=/)
      const marks = marksOf(svg)
      expect(marks).toHaveLength(tips.length)
      const within = session.tipped.map(p => p.place >= range[0] && p.place <= range[1])
      expect(marks.map(mark => mark !== '-')).toEqual(within)
      const [width, height] = ['width', 'height'].map(name => Number(svg.getAttribute(name))) as [number, number]
      for (const mark of marks.filter(m => m !== '-')) {
        const [x = -1, y = -1] = mark.split(',').map(Number)
        expect(x >= 0 && x <= width && y >= 30 && y <= height - 30).toBe(true)
      }
      const boxes = [...svg.querySelectorAll('text')].map(boxOf)
      const clashes = boxes.flatMap((a, i) =>
        boxes.slice(i + 1).flatMap(b => (overlap(a, b) ? [`${a.text} | ${b.text}`] : [])),
      )
      expect(clashes).toEqual([])
    }
  },
)

test('a zoomed range separates the marks, has its own scale and labels more keeps', () => {
  const { drawings, session } = drawn(910, [546, 681])
  const [wide] = drawings
  const x = (place: number) => Number.parseFloat(marksOf(wide)[place] ?? '')
  expect(x(601) - x(600)).toBeGreaterThan(6)
  const levels = [...(wide?.querySelectorAll('.axis text') ?? [])].map(t => Number(t.textContent)).filter(v => v < 1)
  expect(Math.max(...levels) - Math.min(...levels)).toBeLessThan(0.02)
  const kept = session.points.filter(p => p.status === 'keep' && p.place >= 546 && p.place <= 681)
  expect(wide?.querySelectorAll('.named').length).toBeGreaterThan(kept.length / 4)
  expect(wide?.querySelector('.kept')?.getAttribute('d')?.split('M').length).toBe(kept.length + 1)
  expect(wide?.getAttribute('aria-label')).toMatch(
    new RegExp(`^Experiments 546 to 681: best val_bpb so far from 0\\.\\d+ to 0\\.\\d+, ${kept.length} kept\\.$`),
  )
})

test('a range counts verdicts when slots finished in another order', () => {
  const points = sessions[910].frontierData.points.map((p, place) => ({ ...p, place, number: p.number ^ 1 }))
  const tips = points.map(p => ({ href: '', lines: [`${p.number}, kept`, 'a', 'b'] }))
  const session = readZoomText(zoomText({ ...sessions[910].frontierData, points }) ?? '', tipsText(tips))
  expect(zoomRangeText(session, [310, 420])).toBe('Verdicts 310 to 420')
})

test('a dragged range replaces the whole session, with its tooltips, and a button shows the whole again', async () => {
  await site.visit('910.html', async page => {
    const { tip, words, whole } = parts(page)
    await page.getByText('Drag over a stretch to look closer').waitFor()
    await page.evaluate(keepHere)
    await drag(page, 0.6, 0.75)
    const [from, to] = await shownRange(page)
    expect(from).toBeGreaterThan(530)
    expect(to).toBeLessThan(700)
    expect(await page.locator('svg.plot:visible').count()).toBe(1)
    expect(await page.evaluate(() => document.documentElement.dataset.led)).toBeUndefined()
    const { x, y } = await placeOf(page, 600)
    await page.mouse.move(x, y)
    expect(await tip.locator('span').first().textContent()).toMatch(/^600, /)
    await drag(page, 0.4, 0.6)
    const [closer, end] = await shownRange(page)
    expect(closer).toBeGreaterThan(from)
    expect(end).toBeLessThan(to)
    await page.evaluate(axe.source)
    expect(await page.evaluate(violations)).toEqual([])
    await page.emulateMedia({ media: 'print' })
    expect(await page.locator('figure > svg:visible').count()).toBe(1)
    expect(await page.locator('.zoom-view:visible, .zoom-bar:visible').count()).toBe(0)
    await page.emulateMedia({ media: 'screen' })
    await whole.click()
    expect(await page.locator('figure > svg:visible').count()).toBe(1)
    expect(await words.textContent()).toBe('')
    expect(await page.evaluate(() => getSelection()?.isCollapsed)).toBe(true)
    const mark = await placeOf(page, 600)
    await page.mouse.click(mark.x, mark.y)
    expect(await page.evaluate(() => document.documentElement.dataset.led)).toMatch(/0600\.html$/)
  })
})

test('a button leaves the first steps out, also on a phone', async () => {
  for (const more of [{}, { width: 390, hasTouch: true, isMobile: true }])
    await site.visit(
      '910.html',
      async page => {
        const { whole } = parts(page)
        await page.getByRole('button', { name: 'From experiment 10' }).click()
        expect(await shownRange(page)).toEqual([10, 909])
        expect(await page.getByRole('button', { name: 'From experiment 10' }).count()).toBe(0)
        expect(await page.locator('svg.plot:visible .legend').count()).toBe(1)
        await whole.click()
        expect(await page.locator('figure > svg:visible').count()).toBe(1)
      },
      more,
    )
})

test('plus zooms in around the mark, minus zooms out, 0 shows the whole session; arrows stay within the range', async () => {
  await site.visit('10000.html', async page => {
    const { stage, tip, whole } = parts(page)
    await stage.focus()
    for (let i = 0; i < 30; i++) await page.keyboard.press('PageDown')
    const at = await stage.getAttribute('aria-valuetext')
    for (let i = 0; i < 5; i++) await page.keyboard.press('+')
    const [from, to] = await shownRange(page)
    const number = Number.parseInt(at ?? '', 10)
    expect(from < number && number < to).toBe(true)
    expect(Math.abs(to - from - 9999 / 32)).toBeLessThan(2)
    expect(await stage.getAttribute('aria-valuetext')).toBe(at)
    expect(await tip.isVisible()).toBe(true)
    await page.keyboard.press('End')
    expect(Number.parseInt((await stage.getAttribute('aria-valuetext')) ?? '', 10)).toBeLessThanOrEqual(to)
    await page.keyboard.press('-')
    const [, wider] = await shownRange(page)
    expect(wider).toBeGreaterThan(to)
    await page.keyboard.press('0')
    expect(await whole.isVisible()).toBe(false)
    await page.keyboard.press('+')
    await whole.focus()
    await page.keyboard.press('Enter')
    expect(await stage.evaluate(s => s === document.activeElement)).toBe(true)
    expect(await page.locator('figure > svg:visible').count()).toBe(1)
  })
})

test('a mark outside the range has no tooltip: the keys start at the first mark in it', async () => {
  await site.visit('910.html', async page => {
    const { stage } = parts(page)
    await stage.focus()
    await page.keyboard.press('Home')
    await drag(page, 0.6, 0.75)
    await stage.focus()
    const [from] = await shownRange(page)
    expect(await stage.getAttribute('aria-valuetext')).toMatch(new RegExp(`^${from}, `))
  })
})

test('touch, a click and Escape select no range', async () => {
  await site.visit('910.html', async page => {
    const { whole } = parts(page)
    const box = await page.locator('svg.plot:visible').boundingBox()
    const [x, y] = [(box?.x ?? 0) + 300, (box?.y ?? 0) + 20]
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + 200, y)
    expect(await page.locator('.drag-range').isVisible()).toBe(true)
    await page.keyboard.press('Escape')
    await page.mouse.up()
    expect(await page.locator('.drag-range').count()).toBe(0)
    await page.mouse.click(x, y - 15)
    await page.evaluate(
      ([left, top]) => {
        const svg = document.elementFromPoint(left, top)
        const send = (type: string, clientX: number) =>
          svg?.dispatchEvent(
            new PointerEvent(type, { bubbles: true, isPrimary: true, pointerType: 'touch', clientX, clientY: top }),
          )
        send('pointerdown', left)
        send('pointermove', left + 100)
        send('pointerup', left + 200)
      },
      [x, y] as const,
    )
    expect(await whole.isVisible()).toBe(false)
  })
})

test('a range stays when the page is updated, and shows the new numbers', async () => {
  await site.visit('910.html', async page => {
    await drag(page, 0.6, 0.75)
    const [from, to] = await shownRange(page)
    // As scripts/live.ts does: the server's figure has no classes of the browser.
    await page.evaluate(() => {
      const figure = document.querySelector('figure') as HTMLElement
      const session = JSON.parse(figure.dataset.zoom ?? '')
      for (const row of session.rows) if (row[1] !== null) row[1] += 1
      figure.dataset.zoom = JSON.stringify(session)
      figure.className = ''
      document.dispatchEvent(new Event('nightshift:changed'))
    })
    expect(await shownRange(page)).toEqual([from, to])
    expect(await page.locator('svg.plot:visible').count()).toBe(1)
    expect(await page.locator('svg.plot:visible').getAttribute('aria-label')).toMatch(/from 1\.9\d+ to 1\.9\d+/)
  })
})

test.each([320, 720])('at %i pixels the page does not scroll sideways, and text by others is text', async width => {
  await site.visit(
    '910.html',
    async page => {
      await drag(page, 0.4, 0.65)
      expect(await page.locator('.zoom-view > svg:visible').count()).toBe(1)
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
      expect(await page.locator('.zoom-view :is(script, img)').count()).toBe(0)
    },
    { width },
  )
})

/** Records the target of a click without following it: this session has no pages of experiments. */
const keepHere = () =>
  document.addEventListener(
    'click',
    event => {
      const link = (event.target as Element).closest('a')
      if (!link) return
      event.preventDefault()
      document.documentElement.dataset.led = link.href
    },
    // In the capture phase, since the tooltip's own clicks do not bubble.
    { capture: true },
  )

const parts = (page: Page) => ({
  stage: page.getByRole('slider'),
  tip: page.locator('.tip'),
  words: page.getByRole('status'),
  whole: page.getByRole('button', { name: 'Show the whole session' }),
})

/** Drags over a part of the drawing, from left to right. */
async function drag(page: Page, from: number, to: number): Promise<void> {
  const box = await page.locator('svg.plot:visible').boundingBox()
  if (!box) throw new Error('nothing is drawn')
  const x = (part: number) => box.x + 0.05 * box.width + part * 0.85 * box.width
  await page.mouse.move(x(from), box.y + box.height / 2)
  await page.mouse.down()
  await page.mouse.move(x(to), box.y + box.height / 2, { steps: 3 })
  await page.mouse.up()
}

async function shownRange(page: Page): Promise<[number, number]> {
  const said = await parts(page).words.textContent()
  const [, from, to] = /^Experiments (\d+) to (\d+)$/.exec(said ?? '') ?? []
  return [Number(from), Number(to)]
}

/** Screen position of the i-th mark. */
const placeOf = (page: Page, i: number): Promise<{ x: number; y: number }> =>
  page.locator('svg.plot:visible').evaluate((element, at) => {
    const svg = element as SVGSVGElement
    const [x = 0, y = 0] = (svg.dataset.marks?.split(' ')[at] ?? '').split(',').map(Number)
    const { left, top, width } = svg.getBoundingClientRect()
    const scale = width / svg.viewBox.baseVal.width
    return { x: left + x * scale, y: top + y * scale }
  }, i)

async function violations(): Promise<string[]> {
  const results = await (window as unknown as { axe: typeof axe }).axe.run('figure')
  return results.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

function boxOf(text: Element) {
  const content = text.textContent ?? ''
  const width = textWidth(content, size, text.classList.contains('delta'))
  // An entry of the legend is moved as a whole.
  const moved = /translate\(([\d.]+),([\d.]+)\)/.exec(text.parentElement?.getAttribute('transform') ?? '') ?? [0, 0, 0]
  const [x = 0, y = 0] = ['x', 'y'].map((name, i) => Number(text.getAttribute(name)) + Number(moved[i + 1]))
  const anchor = text.getAttribute('text-anchor')
  const left = x - (anchor === 'start' ? 0 : anchor === 'end' ? width : width / 2)
  return { text: content, x0: left, x1: left + width, y0: y - 8.5, y1: y + 1 }
}
