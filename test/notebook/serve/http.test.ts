/** Responses and access rules of the notebook's server. */
import { once } from 'node:events'
import { get, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openListeners } from '../../../scripts/notebook/serve/events.ts'
import { createSite, listenOn } from '../../../scripts/notebook/serve/http.ts'
import type { Pages } from '../../../scripts/notebook/serve/pages.ts'
import { scratch, write } from '../../helpers/throwaway.ts'

const files = {
  'site/index.html': 'home',
  'site/404.html': 'there is no such page',
  'site/sessions/a b.html': 'a session',
  'site/sessions/x/experiments.jsonl': '{}',
  'site/pagefind/wasm.unknown.pagefind': 'wasm',
  'site/pagefind/pagefind.js': 'script',
  'secret.txt': 'not to be read',
}
const pages: Pages = {
  draw: async path => (path === 'sessions/new.html' ? { type: 'text/html; charset=utf-8', body: 'drawn' } : null),
  version: async () => 'v1',
  nowVersion: async () => 'n1',
  now: async () => '<p>\n</p>',
}
const listeners = openListeners(pages)

let server: Server
let port: number

beforeEach(async () => {
  const folder = await scratch()
  await write(folder, files)
  server = createSite({ folder: () => join(folder, 'site'), draw: pages.draw, listeners }, '127.0.0.1', error => {
    throw error
  })
  port = Number(new URL(await listenOn(server, '127.0.0.1', 0)).port)
})

afterEach(() => {
  server.closeAllConnections()
  server.close()
})

/** Sends the path unchanged: fetch would normalise it. */
async function ask(path: string, options: { host?: string; method?: string } = {}) {
  const { host = `127.0.0.1:${port}`, method = 'GET' } = options
  const [response] = (await once(get({ port, path, method, headers: { host } }), 'response')) as [IncomingMessage]
  return { status: response.statusCode, type: response.headers['content-type'], body: await text(response) }
}

test('serves files, pages rendered on request, and the notebook’s own 404 page', async () => {
  expect(await ask('/')).toMatchObject({ status: 200, type: 'text/html;charset=utf-8', body: 'home' })
  expect(await ask('/sessions/a%20b.html')).toMatchObject({ status: 200, body: 'a session' })
  expect(await ask('/sessions/new.html?x=1')).toMatchObject({ status: 200, body: 'drawn' })
  expect(await ask('/nothing.html')).toMatchObject({ status: 404, body: files['site/404.html'] })
  expect(await ask('/%E0%A4%A')).toMatchObject({ status: 400 })
  expect(await ask('/', { method: 'POST' })).toMatchObject({ status: 405 })
})

test('content types are set, and browsers may not guess them', async () => {
  expect((await ask('/sessions/x/experiments.jsonl')).type).toBe('text/plain; charset=utf-8')
  expect((await ask('/pagefind/wasm.unknown.pagefind')).type).toBe('application/octet-stream')
  expect((await ask('/pagefind/pagefind.js')).type).toMatch(/^text\/javascript/)
})

test.each([
  '/../secret.txt',
  '/..%2fsecret.txt',
  '/%2e%2e/secret.txt',
  '/sessions/..%2f..%2f..%2fsecret.txt',
  '/..\\secret.txt',
  '//secret.txt',
  '/sessions/',
])('%s leads to no file of another folder, and no folder is listed', async path => {
  expect(await ask(path)).toMatchObject({ status: 404, body: files['site/404.html'] })
})

test('requests for a foreign host name are refused', async () => {
  expect(await ask('/', { host: 'rebound.example' })).toMatchObject({ status: 403 })
  expect(await ask('/live?topic=home', { host: `rebound.example:${port}` })).toMatchObject({ status: 403 })
  for (const host of ['localhost', `localhost:${port}`, '192.168.1.7:80', '[::1]:80'])
    expect(await ask('/', { host }), host).toMatchObject({ status: 200 })
})

test('a page gets the current state at once, and is removed when it disconnects', async () => {
  const request = get({ port, path: '/live?topic=home&seen=v0', headers: { host: 'localhost' } })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  let received = ''
  for await (const part of response) {
    received += part
    if (received.endsWith('data: </p>\n\n')) break
  }
  expect(received).toBe('event: page\ndata: v1\n\nevent: now\ndata: <p>\ndata: </p>\n\n')
  await expect.poll(() => listeners.count(), { timeout: 30_000 }).toBe(0)
})

test('a given port that is taken is an error', async () => {
  const other = createSite({ folder: () => '', draw: pages.draw, listeners }, '127.0.0.1', () => {})
  await expect(listenOn(other, '127.0.0.1', (server.address() as AddressInfo).port)).rejects.toThrow(
    /Cannot listen on 127\.0\.0\.1:\d+/,
  )
  const free = await listenOn(other, '127.0.0.1', null)
  expect(free).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
  other.close()
})
