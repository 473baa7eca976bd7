/** The buttons that copy commands and code. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSite, type Site } from '../../helpers/browser.ts'
import { builtSite } from '../../helpers/builtSite.ts'
import { sessions } from '../../helpers/exampleSessions.ts'

let site: Site

beforeAll(async () => {
  site = await openSite((await builtSite()).out)
}, 120_000)
afterAll(() => site?.close())

const clipboard = { permissions: ['clipboard-read', 'clipboard-write'] }
/** Waits until both a button and the announcement say the result; both do so for two seconds only. */
const saysOfCopy = (page: Page, said: string) =>
  page.waitForFunction(text => {
    const shown = [...document.querySelectorAll('.copy')].some(button => button.textContent === text)
    return shown && document.querySelector('.colophon [role=status]')?.textContent === text
  }, said)
const copied = (page: Page) => page.evaluate(() => navigator.clipboard.readText())

test('a command of the report is copied by keys, without its comments, and the page says so', async () => {
  await site.visit(
    `sessions/${sessions.long}.html#replicate`,
    async page => {
      const block = page.locator('#replicate .code', { hasText: 'npx pnpm confirm' })
      expect(await block.locator('code').textContent()).toMatch(/^# .*\nnpx pnpm confirm /)
      await block.locator('button').focus()
      await page.keyboard.press('Enter')
      await saysOfCopy(page, 'Copied')
      expect(await copied(page)).toMatch(/^npx pnpm confirm \S+$/)
    },
    clipboard,
  )
})

test('each group of commands has a button of its own', async () => {
  await site.visit(`sessions/${sessions.long}.html#replicate`, async page => {
    const blocks = await page.locator('#replicate .code code').allTextContents()
    expect(blocks.length).toBeGreaterThan(2)
    for (const block of blocks) expect(block).not.toContain('\n\n')
    expect(await page.locator('#replicate .copy').count()).toBe(blocks.length)
  })
})

test('a command in a sentence has a button too, other code has none', async () => {
  await site.visit('search.html', async page => {
    expect(await page.locator('.unserved').textContent()).toContain('Search needs a web server: npx pnpm site --serve')
    expect(await page.locator('.unserved .copy').getAttribute('aria-label')).toBe('Copy npx pnpm site --serve')
  })
  await site.visit(`sessions/${sessions.long}.html`, async page => {
    expect(await page.locator('code:text-is("git apply") + .copy').count()).toBe(0)
  })
})

test('where the browser refuses the clipboard the code is selected', async () => {
  await site.visit('search.html', async page => {
    await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }))
    await page.click('.unserved .copy')
    await saysOfCopy(page, 'Selected: copy it with Ctrl+C')
    expect(await page.evaluate(() => getSelection()?.toString())).toBe('npx pnpm site --serve')
  })
})

test('without scripts there are no buttons', async () => {
  await site.visit('search.html', async page => expect(await page.locator('.copy').count()).toBe(0), {
    javaScriptEnabled: false,
  })
})
