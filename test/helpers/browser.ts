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
    visit: (name, look, options = {}) => visit(browser, { base, url: url(name) }, look, options),
    close: () => browser.close(),
  }
}

async function visit(
  browser: Browser,
  { base, url }: { base: string; url: string },
  look: (page: Page) => Promise<void>,
  { width = 1440, ...options }: Visit,
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
  try {
    await page.goto(url)
    await look(page)
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false)
    expect(problems).toEqual([])
  } finally {
    await page.close()
  }
}
