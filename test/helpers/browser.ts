/** A built notebook in a browser of its own, from disk or as a host serves it. */
import { pathToFileURL } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'
import { launchChromium } from '../../bench/site/chromium.ts'

export interface Site {
  browser: Browser
  /** Address of a page, e.g. of "sessions/x.html". */
  url: (name: string) => string
  /**
   * Opens a page; afterwards nothing may have been logged, failed, asked of another place, or run from the data.
   * @param options width in pixels (1440) and whatever else Playwright lets a page begin with
   */
  visit: (name: string, look: (page: Page) => Promise<void>, options?: Visit) => Promise<void>
  close: () => Promise<void>
}

export type Visit = BrowserContextOptions & { width?: number }

/** @param root the folder of the pages, or the address they are served at, e.g. "http://127.0.0.1:4321" */
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
  const trouble: string[] = []
  page.on('console', message => trouble.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', error => trouble.push(String(error)))
  page.on('requestfailed', request => {
    // What was under way as the page was left.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') trouble.push(`failed: ${request.url()}`)
  })
  page.on('request', request => {
    const own = [base, 'blob:', 'data:,'].some(start => request.url().startsWith(start))
    if (!own) trouble.push(request.url())
  })
  try {
    await page.goto(url)
    await look(page)
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false)
    expect(trouble).toEqual([])
  } finally {
    await page.close()
  }
}
