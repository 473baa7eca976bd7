/** Measures whether a page leaks memory while it gets events, with its own script. */
import type { Browser, CDPSession } from 'playwright-core'

export interface Size {
  nodes: number
  listeners: number
}

export interface Sizes {
  before: Size
  after: Size
  /** How often the whole page changed in between. */
  pages: number
}

/** Opens the page, sends it `times` events (a multiple of six), and measures before and after. */
export async function sizesOver(browser: Browser, url: string, times: number): Promise<Sizes> {
  const page = await browser.newPage()
  await page.addInitScript(standIn)
  await page.goto(url)
  await page.waitForSelector('#now')
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Performance.enable')
  await page.evaluate(sendEvents, 24)
  const before = await sizeOf(devtools)
  await page.evaluate(sendEvents, times)
  const after = await sizeOf(devtools)
  await page.close()
  return { before, after, pages: times / eventsPerPage }
}

async function sizeOf(devtools: CDPSession): Promise<Size> {
  await devtools.send('HeapProfiler.collectGarbage')
  const { metrics } = await devtools.send('Performance.getMetrics')
  const value = (name: string) => {
    const found = metrics.find(metric => metric.name === name)
    if (!found) throw new Error(`Chromium counts no ${name}.`)
    return found.value
  }
  return { nodes: value('Nodes'), listeners: value('JSEventListeners') }
}

interface TestWindow {
  source: EventTarget
}

/** Runs in the page before its scripts: a connection that the test controls. */
function standIn(): void {
  class Source extends EventTarget {
    constructor() {
      super()
      Object.assign(window, { source: this })
    }
    close() {}
  }
  Object.assign(window, { EventSource: Source })
}

/** Of the events that `sendEvents` sends, every third changes the page. */
const eventsPerPage = 3

/** Runs in the page: each event changes the state, every third the page; after six events both are as at first. */
async function sendEvents(times: number): Promise<void> {
  const { source } = window as unknown as TestWindow
  const fetched = window.fetch
  const first = await (await fetched(location.href)).text()
  const without = first.replace(/<tr class="discard"[\s\S]*?<\/tr>/, '')
  const other = without.replaceAll(/(M\d+)\.\d+/g, '$1').replaceAll('RATE', 'WIDTH')
  if (without === first || other === without) throw new Error('Nothing of the page would change.')
  for (let i = 1; i <= times; i++) {
    const html = i % 2 === 0 ? first : other
    const now = /<section id="now"[\s\S]*?<\/section>/.exec(html)?.[0] ?? ''
    source.dispatchEvent(new MessageEvent('now', { data: now }))
    if (i % 3 > 0) continue
    window.fetch = async () => new Response(html)
    const shown = new Promise(done => document.addEventListener('nightshift:changed', done, { once: true }))
    source.dispatchEvent(new MessageEvent('page', { data: String(i) }))
    await shown
  }
  window.fetch = fetched
}
