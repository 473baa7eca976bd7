/** Opens built pages in a new browser, from disk or from a server. */
import { pathToFileURL } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'
import { launchChromium } from '../../bench/site/chromium.ts'

export interface Site {
  browser: Browser
  /** Address of a page, e.g. of "sessions/x.html". */
  url: (name: string) => string
  /**
   * Opens a page and checks that nothing was logged, failed, was requested from another origin, or executed from data.
   * @param look the test's actions and assertions
   * @param options width in pixels (1440) and Playwright's context options
   */
  visit: (name: string, look: (page: Page) => Promise<void>, options?: Visit) => Promise<void>
  /**
   * The same for many pages, one after the other in one tab, in which a page opens several times as fast as in a new one.
   * @param names taken from its end until it is empty; several tabs can share it
   */
  visitAll: (names: string[], look: (page: Page, name: string) => Promise<void>) => Promise<void>
  close: () => Promise<void>
}

export type Visit = BrowserContextOptions & { width?: number }

/** @param root folder of the pages, or their address, e.g. "http://127.0.0.1:4321" */
export async function openSite(root: string): Promise<Site> {
  const browser = await launchChromium()
  const base = root.startsWith('http') ? `${root}/` : `${pathToFileURL(root).href}/`
  const url = (name: string) => new URL(name, base).href
  return {
    browser,
    url,
    visit: (name, look, options = {}) =>
      inTab(browser, base, options, async page => {
        await page.goto(url(name))
        await look(page)
      }),
    visitAll: (names, look) =>
      inTab(browser, base, {}, async (page, check) => {
        for (let name = names.pop(); name !== undefined; name = names.pop()) {
          await page.goto(url(name))
          await look(page, name)
          await check()
        }
      }),
    close: () => browser.close(),
  }
}

/** @param work gets a new page, and a function that checks what the page has done since it was opened */
async function inTab(
  browser: Browser,
  base: string,
  { width = 1440, ...options }: Visit,
  work: (page: Page, check: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, ...options })
  const problems: string[] = []
  page.on('console', message => problems.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', error => problems.push(String(error)))
  page.on('requestfailed', request => {
    // Requests still under way when the page was left.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') problems.push(`failed: ${request.url()}`)
  })
  page.on('request', request => {
    const own = [base, 'blob:', 'data:image/svg+xml,'].some(start => request.url().startsWith(start))
    if (!own) problems.push(request.url())
  })
  const check = async () => {
    expect(await page.evaluate(() => 'pwned' in window), page.url()).toBe(false)
    expect(problems, page.url()).toEqual([])
  }
  try {
    await work(page, check)
    await check()
  } finally {
    await page.close()
  }
}
