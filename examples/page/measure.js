/**
 * The frozen measurement: the built page loaded in Chromium from a server in this process, cold each time. Cost is
 * milliseconds of the main thread (of processor time, so that another program on the machine hardly shows) and of
 * transfer on a slow line.
 */
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { launch } from './browser.js'
import { build } from './build.js'
import { check } from './check.js'

/** Loads that count; one before them warms the browser up. */
const LOADS = 7
/** Milliseconds to send a kilobyte (1,000 bytes) at 1.6 Mbit/s. */
const KILOBYTE_MS = 5

const start = performance.now()
const site = build(join(import.meta.dirname, 'src'))
let sent = 0
const server = createServer((request, response) => {
  if (request.url === '/blank') return response.setHeader('content-type', 'text/html').end('<!doctype html>')
  const file = site.get(request.url)
  if (!file) return response.writeHead(404).end()
  sent += file.body.length
  return response.setHeader('content-type', file.type).setHeader('content-encoding', 'gzip').end(file.body)
})
await new Promise(done => server.listen(0, '127.0.0.1', done))
const origin = `http://127.0.0.1:${server.address().port}`
const browser = await launch()

try {
  const loads = []
  for (let i = 0; i <= LOADS; i++) loads.push(await load(i === 0))
  report(loads.slice(1))
} catch (error) {
  console.error(`Error: ${error.message}`)
  process.exitCode = 1
} finally {
  await browser.close()
  server.close()
}

/** One cold load: { blocking, bytes }. The first one is also looked at closely. */
async function load(first) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' })
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await page.goto(`${origin}/blank`)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  sent = 0
  const before = await busy(session)
  await page.goto(`${origin}/`)
  await page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))
  const blocking = (await busy(session)) - before
  const bytes = sent
  if (first) await check(page)
  await context.close()
  return { blocking, bytes }
}

/** Milliseconds that the main thread has been busy. */
async function busy(session) {
  const { metrics } = await session.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === 'TaskDuration').value * 1000
}

function report(loads) {
  const blocking = median(loads.map(load => load.blocking))
  const bytes = median(loads.map(load => load.bytes))
  const cost = blocking + (bytes / 1000) * KILOBYTE_MS
  if (process.env.NIGHTSHIFT_EVAL) writeFileSync(process.env.NIGHTSHIFT_EVAL, JSON.stringify({ load_cost: cost }))
  console.log('---')
  console.log(`load_cost:     ${cost.toFixed(6)}`)
  console.log(`blocking_ms:   ${blocking.toFixed(3)}`)
  console.log(`bytes:         ${bytes}`)
  console.log(`total_seconds: ${((performance.now() - start) / 1000).toFixed(1)}`)
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1]
}
