/** The notebook without a mouse: every control is reached in page order, is visible and works by keys. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Site } from '../../helpers/browser.ts'
import { sessions } from '../../helpers/exampleSessions.ts'
import { openKinds } from './pageKinds.ts'

let site: Site
let names: string[]

beforeAll(async () => {
  ;({ site, names } = await openKinds())
}, 120_000)
afterAll(() => site?.close())

test('Tab reaches every control on every kind of page, in page order, with a visible focus ring', async () => {
  for (const name of names)
    await site.visit(name, async page => {
      const stops = await page.evaluate(watchFocus)
      await Promise.all(stops.map(() => page.keyboard.press('Tab')))
      const reached = await page.evaluate(() => (window as unknown as Watched).reached)
      expect(
        reached.map(({ stop }) => stop),
        name,
      ).toEqual(stops)
      expect(
        reached.filter(({ ring }) => !ring),
        name,
      ).toEqual([])
    })
})

test('the first Tab shows a link that skips the masthead', async () => {
  await site.visit('index.html', async page => {
    await page.keyboard.press('Tab')
    expect(await page.textContent(':focus')).toBe('To the content')
    expect((await page.locator(':focus').boundingBox())?.width).toBeGreaterThan(80)
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.querySelector('main a') === document.activeElement)).toBe(true)
  })
})

test('the ledger can be filtered, sorted and opened by keys', async () => {
  await site.visit(`sessions/${sessions.long}.html`, async page => {
    const shown = () => page.locator('.ledger tbody tr:visible').count()
    await page.focus('#f-all')
    await page.keyboard.press('ArrowRight')
    expect(await page.isChecked('#f-keep')).toBe(true)
    expect(await shown()).toBeGreaterThan(0)
    expect(await shown()).toBeLessThan(126)
    await page.keyboard.press('ArrowLeft')
    await tabTo(page, '.ledger input[type=search]')
    await page.keyboard.type('heads')
    const found = await shown()
    expect(found).toBeGreaterThan(0)
    expect(found).toBeLessThan(126)
    await tabTo(page, '.ledger select')
    await page.keyboard.press('ArrowDown')
    expect(await page.inputValue('.ledger select')).not.toBe('')
    await page.keyboard.press('Home')
    expect(await shown()).toBe(found)
    await tabTo(page, '.ledger th:nth-child(4) button')
    await page.keyboard.press('Enter')
    expect(await page.getAttribute('.ledger th:nth-child(4)', 'aria-sort')).toBe('ascending')
    await page.keyboard.press('Space')
    expect(await page.getAttribute('.ledger th:nth-child(4)', 'aria-sort')).toBe('descending')
    await tabTo(page, '.ledger tbody a')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/\d{4}\.html$/)
  })
})

test('the theme and the sessions of one machine can be selected by keys', async () => {
  await site.visit('index.html', async page => {
    await tabTo(page, '.theme select')
    await page.keyboard.type('dark')
    expect(await page.getAttribute('html', 'data-theme')).toBe('dark')
    await page.focus('select[name=Machine]')
    await page.keyboard.press('ArrowDown')
    expect(await page.locator('#sessions tbody tr:visible').count()).toBe(3)
  })
})

interface Watched {
  reached: { stop: string; ring: boolean }[]
}

/** Presses Tab until the element has the focus; gives up after sixty times. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab')
    if (await page.evaluate(s => document.activeElement?.matches(s), selector)) return
  }
  throw new Error(`Tab does not lead to ${selector}`)
}

/** Runs in the page: records the focused elements. @returns the elements that Tab should reach, in order */
function watchFocus(): string[] {
  const usable = 'a[href], button, select, input, summary, textarea, [tabindex="0"]'
  const stops = [...document.querySelectorAll<HTMLInputElement>(usable)].filter(
    // The checked radio button is the tab stop of its group.
    element => element.checkVisibility() && (element.type !== 'radio' || element.checked),
  )
  const named = (element: Element) =>
    `${stops.indexOf(element as HTMLInputElement)} ${element.tagName} ${element.textContent?.trim().slice(0, 40)}`
  const reached: Watched['reached'] = []
  Object.assign(window, { reached })
  document.addEventListener('focusin', ({ target }) => {
    const element = target as Element
    const drawn = element.matches('[type=radio]') ? element.closest('label') : element
    const { outlineStyle, outlineWidth } = getComputedStyle(drawn ?? element)
    reached.push({ stop: named(element), ring: outlineStyle === 'solid' && Number.parseFloat(outlineWidth) >= 2 })
  })
  return stops.map(named)
}
