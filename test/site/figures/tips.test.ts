/** Tooltips by mouse, keys and touch; text by others stays text. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { JSDOM } from 'jsdom'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { timeline } from '../../../site/data/session/timeline.ts'
import { frontierTips, timelineTips, waterfallTips } from '../../../site/data/session/tips.ts'
import { waterfall } from '../../../site/data/session/waterfall.ts'
import { frontier } from '../../../site/figures/frontier/frontier.ts'
import { timelineFigure } from '../../../site/figures/timeline/timeline.ts'
import { tipsText } from '../../../site/figures/tips.ts'
import { waterfallFigure } from '../../../site/figures/waterfall/waterfall.ts'
import { openSite, type Site } from '../../helpers/browser.ts'
import { builtSite } from '../../helpers/builtSite.ts'
import { sessions } from '../../helpers/exampleSessions.ts'
import { viewOf } from './longSession.ts'

let site: Site
let out: string
beforeAll(async () => {
  out = (await builtSite()).out
  site = await openSite(out)
}, 120_000)
afterAll(() => site?.close())

const long = `sessions/${sessions.long}.html`

/** Screen position of the i-th mark. */
async function placeOf(figure: Locator, i: number): Promise<{ x: number; y: number }> {
  await figure.scrollIntoViewIfNeeded()
  return figure.evaluate((element, at) => {
    const svg = [...element.querySelectorAll('svg')].find(s => s.getClientRects().length > 0) as SVGSVGElement
    const [x = 0, y = 0, w = 0, h = 0] = (svg.dataset.marks?.split(' ')[at] ?? '').split(',').map(Number)
    const { left, top, width } = svg.getBoundingClientRect()
    const scale = width / svg.viewBox.baseVal.width
    return { x: left + (x + w / 2) * scale, y: top + (y + h / 2) * scale }
  }, i)
}

/** A knob page with a figure. */
async function drawnKnob(): Promise<string> {
  for (const path of await readdir(join(out, 'knobs'), { recursive: true }))
    if (path.endsWith('.html') && (await readFile(join(out, 'knobs', path), 'utf8')).includes('data-tips'))
      return `knobs/${path}`
  throw new Error('no constant has a figure')
}

const figureOf = (page: Page, i = 0) => page.locator('figure[data-tips]').nth(i)
const lines = (figure: Locator) => figure.locator('.tip span').allTextContents()

test.each([1, 126, 1600])('every drawing of a session of %i has a place for each tooltip', experiments => {
  const v = viewOf({ experiments })
  const [session, kept] = [timeline(v), waterfall(v)]
  // A single experiment has neither timeline nor waterfall.
  if (experiments > 1) expect([session, kept]).not.toContain(null)
  for (const [svg, tips] of [
    [frontier(v.frontierData), frontierTips(v, '')] as const,
    ...(session ? [[timelineFigure(session), timelineTips(v, session, '')] as const] : []),
    ...(kept ? [[waterfallFigure(kept), waterfallTips(v, kept, '')] as const] : []),
  ]) {
    const drawings = [...new JSDOM(svg).window.document.querySelectorAll('svg')]
    expect(drawings).toHaveLength(3)
    for (const drawing of drawings) {
      const places = drawing.getAttribute('data-marks')?.split(' ') ?? []
      expect(places).toHaveLength(tips.length)
      expect(places.filter(place => !/^-?[\d.]+(,-?[\d.]+)+$/.test(place))).toEqual([])
    }
  }
  expect(frontierTips(v, '').length).toBeLessThan(1500)
})

test('tabs and line ends in a description do not split its line', () => {
  const text = tipsText([
    { href: 'a.html', lines: ['1', 'one\ttwo\nthree', ''] },
    { href: null, lines: ['2'] },
  ])
  expect(text).toBe('a.html\t1\tone two three\n\t2')
})

test('the mark under the pointer shows number, verdict, description, value and change, and a click opens its page', async () => {
  await site.visit(long, async page => {
    const figure = figureOf(page)
    const kept = await page.getAttribute('.ledger tbody tr.keep:not(.baseline)', 'id')
    const number = Number(kept?.slice(1))
    const { x, y } = await placeOf(figure, number)
    await page.mouse.move(x + 2, y - 2)
    const [head, what, value] = await lines(figure)
    expect(head).toMatch(
      new RegExp(`^${number}, kept, (confirmed|likely|unproven|too few runs)( \\(P\\(real\\) [<>]?\\d+%\\))?$`),
    )
    expect((await page.textContent(`#${kept} .what a`))?.trim()).toBe(what)
    expect(value).toMatch(/^val_bpb 0\.\d{6}, change −0\.\d{5}$/)
    await page.mouse.move(x, y - 400)
    expect(await figure.locator('.tip').isVisible()).toBe(false)
    await page.mouse.move(x, y)
    await page.mouse.click(x, y)
    await page.waitForURL(new RegExp(`/${String(number).padStart(4, '0')}\\.html$`))
  })
})

test('a figure is one tab stop: arrows move between marks, Home and End to the ends, Escape closes, Enter opens the page', async () => {
  await site.visit(long, async page => {
    const figure = figureOf(page)
    const stage = figure.getByRole('slider', { name: 'Marks of this figure; Enter opens the page of one' })
    const said = () => stage.getAttribute('aria-valuetext')
    await page.focus('.lead a, nav a:last-child')
    while (!(await stage.evaluate(s => s === document.activeElement))) await page.keyboard.press('Tab')
    expect(await said()).toMatch(/^0, the baseline\./)
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowLeft')
    expect(await said()).toMatch(/^1, /)
    await page.keyboard.press('End')
    expect(await said()).toMatch(/^125, /)
    await page.keyboard.press('ArrowRight')
    expect((await lines(figure))[0]).toMatch(/^125, /)
    await page.keyboard.press('Escape')
    expect(await figure.locator('.tip').isVisible()).toBe(false)
    await page.keyboard.press('Home')
    expect((await lines(figure))[0]).toBe('0, the baseline')
    await page.keyboard.press('PageDown')
    await page.keyboard.press('Tab')
    expect(await figure.locator('.tip').isVisible()).toBe(false)
    await page.keyboard.press('Shift+Tab')
    expect((await lines(figure))[0]).toMatch(/^10, /)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/0010\.html$/)
  })
})

test('the first tap shows a tooltip and the second opens the page, also on a phone', async () => {
  await site.visit(
    long,
    async page => {
      const figure = figureOf(page)
      const { x, y } = await placeOf(figure, 40)
      await page.touchscreen.tap(x, y)
      const tip = figure.locator('.tip')
      expect(await tip.isVisible()).toBe(true)
      const box = await tip.boundingBox()
      expect(box && box.x >= 0 && box.x + box.width <= 360).toBe(true)
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
      await page.touchscreen.tap(x, y)
      await page.waitForURL(/\/\d{4}\.html$/)
    },
    { width: 360, hasTouch: true },
  )
})

test('waterfall, timeline and knob have tooltips, in which text by others stays text', async () => {
  await site.visit(long, async page => {
    await page.click('#session > summary')
    for (const [i, said] of [
      [1, /^\d+(, kept|–\d+, )/],
      [2, /UTC, \d+ (min|s)/],
    ] as const) {
      const figure = figureOf(page, i)
      const { x, y } = await placeOf(figure, 3)
      await page.mouse.move(x, y)
      expect((await lines(figure)).join(' ')).toMatch(said)
    }
    await page.emulateMedia({ media: 'print' })
    expect(await page.locator('.tip:visible, .stage:visible, .spot:visible').count()).toBe(0)
  })
  await site.visit(await drawnKnob(), async page => {
    await figureOf(page).locator('.stage').focus()
    expect((await lines(figureOf(page)))[1]).toMatch(/ → .* in experiment \d+, /)
  })
  await site.visit(long, async page => {
    const stage = figureOf(page).locator('.stage')
    await stage.focus()
    const seen: string[] = []
    for (let i = 0; i < 8; i++) {
      await page.keyboard.press('ArrowRight')
      seen.push(...(await lines(figureOf(page))))
    }
    expect(seen.join(' ')).toContain('<script>window.pwned = 1</script>')
    expect(await page.locator('.tip :not(span)').count()).toBe(0)
  })
})
