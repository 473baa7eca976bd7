/** Open pages during a real session, in a real browser. */
import { JSDOM } from 'jsdom'
import type { Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { launchChromium } from '../../../bench/site/chromium.ts'
import { writeSession } from '../../helpers/exampleSessions.ts'
import { sessionsOf } from '../../helpers/throwaway.ts'
import { gatedSession, startServer } from './gatedSession.ts'
import { sizesOver } from './leaks.ts'

const earlier = '2026-11-16-cpu-abcd-nov16'

test('open pages follow the session, keep the scroll position, and show when session and server end', {
  timeout: 120_000,
}, async () => {
  const gated = await gatedSession(onTestFinished)
  await writeSession(sessionsOf(gated.root), { id: earlier, experiments: 4, startedAt: '2026-11-16T22:00:00Z' })
  const { server, address } = await startServer(gated.root)
  onTestFinished(() => void server.kill())
  const browser = await launchChromium()
  onTestFinished(() => browser.close())
  const trouble: string[] = []

  const open = async (path: string): Promise<Page> => {
    const page = await browser.newPage({ viewport: { width: 1200, height: 500 } })
    page.on('console', message => trouble.push(message.text()))
    page.on('pageerror', error => trouble.push(String(error)))
    await page.goto(new URL(path, address).href)
    // Gone when the page is loaded again.
    await page.evaluate(() => Object.assign(window, { isSame: true }))
    return page
  }
  const same = (page: Page) => page.evaluate(() => 'isSame' in window)

  const home = await open('')
  expect(await home.locator('#now').textContent()).not.toContain('trains')
  const session = gated.start()
  onTestFinished(() => void session.kill('SIGKILL'))
  await home.waitForFunction(() =>
    /Experiment 0 trains, the baseline \(/.test(document.querySelector('#now')?.textContent ?? ''),
  )
  await home.click('#now a')
  const url = home.url()

  // The run under way.
  const page = await open(url)
  expect(await page.textContent('h1')).toBe('Running')
  await gated.train(3, 2.5)
  await page.waitForSelector('#now svg')
  const curve = () =>
    page.getAttribute('#now svg path[stroke="var(--keep)"], #now svg [stroke="var(--keep)"] path', 'd')
  const drawn = await curve()
  await gated.train(2, 1.8)
  await expect.poll(curve, { timeout: 30_000 }).not.toBe(drawn)

  // Finished experiments: row, frontier, state.
  await gated.go(0)
  await page.waitForSelector('#e0')
  await page.waitForFunction(() =>
    /Experiment 1 trains \(.*: RATE to 0.04/.test(document.querySelector('#now')?.textContent ?? ''),
  )
  await gated.go(1)
  await page.waitForSelector('#e1.keep')
  expect(await page.getAttribute('#frontier figure svg', 'aria-label')).toMatch(/over 1 experiment\b.*; 1 kept/)
  await page.waitForFunction(() =>
    /Best so far: .* by experiment 1/.test(document.querySelector('#now')?.textContent ?? ''),
  )

  // A reader who has filtered, sorted, scrolled and is typing stays where they are.
  await page.fill('.ledger input[type=search]', 'rate')
  await page.click('.ledger th:nth-child(3) button')
  await page.click('.ledger th:nth-child(3) button')
  await page.focus('.ledger input[type=search]')
  const place = () =>
    page.$eval('.ledger input[type=search]', input => {
      const { value } = input as HTMLInputElement
      return { top: input.getBoundingClientRect().top, value, isFocused: input === document.activeElement }
    })
  const rows = () => page.$$eval('.ledger tbody tr', list => list.filter(r => r.checkVisibility()).map(r => r.id))
  const was = await place()
  expect(await page.evaluate(() => scrollY)).toBeGreaterThan(500)
  await gated.go(2)
  await page.waitForSelector('#e2.discard')
  expect(await rows()).toEqual(['e1', 'e2'])
  expect(await page.textContent('.ledger output')).toBe('2 of 3 rows')
  const is = await place()
  expect(is).toEqual({ ...was, top: is.top })
  // Rounded; the browser keeps what is seen in its place when a figure above it grows.
  expect(Math.abs(is.top - was.top)).toBeLessThanOrEqual(1)
  // The new row leads to a page that no build has made; all that the two lead to is there.
  const made = await page.$eval('#e2 a', a => (a as HTMLAnchorElement).href)
  for (const at of [url, made]) expect(await lostFrom(at)).toEqual([])

  // A page that is looked at all session does not grow.
  await page.waitForFunction(() => document.querySelector('#now')?.textContent?.includes('Experiment 3 trains'))
  const { before, after, pages } = await sizesOver(browser, url, 600)
  // What the last events left may still wait to be collected; a leak keeps at least one for each change of the page.
  expect(after.nodes - before.nodes).toBeLessThan(pages / 2)
  expect(after.listeners - before.listeners).toBeLessThan(pages / 2)

  await gated.go()
  expect((await session).exitCode).toBe(0)
  await page.waitForFunction(
    () => document.querySelector('h1')?.textContent !== 'Running' && !document.querySelector('#now'),
  )
  expect(await same(page)).toBe(true)
  expect(await page.textContent('main')).toContain('<b>RATE</b> to 0.06')
  const again = await open('')
  server.kill('SIGINT')
  expect((await server).exitCode).toBe(0)
  await again.waitForSelector('#now .disconnected:not([hidden])')
  expect(await again.textContent('#now .disconnected')).toMatch(/^Not updating since \d\d:\d\d/)
  expect(trouble.filter(text => !text.includes('net::ERR_'))).toEqual([])
})

/** Links of a page, its figures' images and tables included, whose response is not of the expected type. */
async function lostFrom(at: string): Promise<string[]> {
  const { document } = new JSDOM(await (await fetch(at)).text()).window
  const links = new Set([...document.querySelectorAll('a')].map(a => new URL(a.getAttribute('href') ?? '', at).href))
  expect([...links].filter(link => /\.(svg|csv)$/.test(link)).length).toBeGreaterThan(0)
  const answers = await Promise.all([...links].map(async link => ({ link, status: (await fetch(link)).status })))
  return answers.filter(({ status }) => status !== 200).map(({ link, status }) => `${link}: ${status}`)
}
