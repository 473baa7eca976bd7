/** Evaluates the built pages: Lighthouse's four categories, axe in both color schemes, weight. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import axe from 'axe-core'
import { launch as launchChrome } from 'chrome-launcher'
import lighthouse, { type Result } from 'lighthouse'
import type { Browser } from 'playwright-core'
import { chromiumPath, launchChromium } from './chromium.ts'
import { pageKinds } from './pageKinds.ts'

export interface PageRow {
  /** Kind of the page: "home", "session". */
  page: string
  /** Lighthouse's scores with mobile throttling, 0 to 100; null if it gave none. */
  performance: number | null
  accessibility: number | null
  bestPractices: number | null
  seo: number | null
  /** Audits that lost points: "color-contrast". */
  lost: string[]
  /** Ids of violated axe rules, best practices included. */
  axe: { light: string[]; dark: string[] }
  /** Bytes of all files that the page loads, each compressed with gzip. */
  weight: number
}

/**
 * Measures the largest page of each kind, served with compression.
 * @param out folder of the built pages
 */
export async function measurePages(out: string): Promise<PageRow[]> {
  const server = await serve(out)
  const browser = await launchChromium()
  const chromePath = await chromiumPath()
  const chrome = await launchChrome({ chromePath, chromeFlags: ['--headless=new', '--no-sandbox'] })
  try {
    const rows: PageRow[] = []
    for (const [page, name] of await pageKinds(out)) {
      const url = `${server.origin}/${name}`
      try {
        const scores = await lighthouseScores(url, chrome.port, out)
        const violations = {
          light: await axeViolations(browser, url, 'light'),
          dark: await axeViolations(browser, url, 'dark'),
        }
        rows.push({ page, ...scores, axe: violations })
      } catch (cause) {
        // A browser that another program ends answers for a moment with errors that say nothing of it, such as "Failed to
        // find context".
        throw new Error(`${name} was not measured: its browser failed, or another program ended it.`, { cause })
      }
    }
    return rows
  } finally {
    chrome.kill()
    await browser.close()
    server.close()
  }
}

async function lighthouseScores(url: string, port: number, out: string): Promise<Omit<PageRow, 'page' | 'axe'>> {
  const found = await lighthouse(url, { port, output: 'json', logLevel: 'error' })
  if (!found) throw new Error(`Lighthouse returned nothing for ${url}`)
  const { categories, audits } = found.lhr
  const score = (name: string) => {
    const value = categories[name]?.score ?? null
    return value === null ? null : Math.round(value * 100)
  }
  return {
    performance: score('performance'),
    accessibility: score('accessibility'),
    bestPractices: score('best-practices'),
    seo: score('seo'),
    lost: Object.values(categories).flatMap(category => lostIn(category, audits)),
    weight: await weightOf(audits, out),
  }
}

/** Weighted audits of a category with a score below 0.9. */
const lostIn = ({ auditRefs }: Result.Category, audits: Result['audits']): string[] =>
  auditRefs.flatMap(({ id, weight }) => (weight > 0 && (audits[id]?.score ?? 1) < 0.9 ? [id] : []))

async function weightOf(audits: Result['audits'], out: string): Promise<number> {
  const { details } = audits['network-requests'] ?? {}
  const urls = details?.type === 'table' ? details.items.map(item => new URL(String(item.url))) : []
  const files = new Set(urls.filter(url => url.protocol === 'http:').map(url => decodeURIComponent(url.pathname)))
  const sizes = await Promise.all([...files].map(async file => gzipSync(await readFile(join(out, file))).length))
  return sizes.reduce((sum, size) => sum + size, 0)
}

async function axeViolations(browser: Browser, url: string, colorScheme: 'light' | 'dark'): Promise<string[]> {
  const page = await browser.newPage({ colorScheme })
  await page.goto(url)
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<axe.AxeResults>('axe.run(document, { resultTypes: ["violations"] })')
  // After an error the page closes with the browser: an error of close() would hide the first.
  await page.close()
  return violations.map(({ id }) => id)
}

const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.json': 'application/json' }

/** Serves the folder with gzip compression, as hosts do. */
async function serve(out: string): Promise<{ origin: string; close: () => void }> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname)
    readFile(join(out, path)).then(
      content => {
        const type = types[extname(path)] ?? 'application/octet-stream'
        response.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip' }).end(gzipSync(content))
      },
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => server.close().closeAllConnections(),
  }
}
