/** The notebook's web server: files of the last build, pages rendered on demand, and event streams. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import sirv from 'sirv'
import { Failure } from '../../lib/errors.ts'
import type { Listeners } from './events.ts'
import type { Drawn } from './pages.ts'

export interface Site {
  /** Folder of the built files. */
  folder: () => string
  /** null: the built file is current. */
  draw: (path: string) => Promise<Drawn | null>
  listeners: Listeners
}

/**
 * @param host listening address, which requests may name as host @param reportError called when a page cannot be
 * rendered
 */
export function createSite(site: Site, host: string, reportError: (error: unknown) => void): Server {
  let serving: { folder: string; files: ReturnType<typeof sirv> } | null = null
  const files = () => {
    const folder = site.folder()
    if (serving?.folder !== folder) serving = { folder, files: sirv(folder, { etag: true, setHeaders }) }
    return serving.files
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    if (!isOurs(request.headers.host, host))
      return refuse(response, 403, 'This notebook is not served under that name.')
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'It is only read.')
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://notebook')
    const path = decoded(pathname)
    if (path === null) return refuse(response, 400, 'That is no address.')
    if (path === 'live') return listen(response, searchParams)
    const drawn = await site.draw(path)
    if (drawn) return void response.setHeader('content-type', drawn.type).end(drawn.body)
    files()(request, response, () => void missing(response))
  }

  /** Answers with the notebook's own 404 page. */
  async function missing(response: ServerResponse): Promise<void> {
    // The file may be missing while a build is replaced.
    const page = await readFile(join(site.folder(), '404.html')).catch(() => 'There is no such page.')
    response.writeHead(404, { 'content-type': 'text/html; charset=utf-8' }).end(page)
  }

  async function listen(response: ServerResponse, asked: URLSearchParams): Promise<void> {
    await site.listeners.add(response, asked.get('topic') ?? '', asked.get('seen') ?? '')
  }

  return createServer((request, response) => {
    answer(request, response).catch(error => {
      reportError(error)
      if (response.headersSent) response.destroy()
      else refuse(response, 500, 'The server failed; its terminal says why.')
    })
  })
}

const headers = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-cache',
}

/** Types for files that browsers should show instead of download, and for unknown types. */
function setHeaders(response: ServerResponse, path: string): void {
  if (/\.(?:jsonl|tsv|md)$/.test(path)) response.setHeader('content-type', 'text/plain; charset=utf-8')
  if (/\.(?:pagefind|pf_\w+)$/.test(path)) response.setHeader('content-type', 'application/octet-stream')
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${why}\n`)
}

/** "/sessions/a%20b.html" → "sessions/a b.html" */
function decoded(pathname: string): string | null {
  try {
    return decodeURIComponent(pathname).slice(1)
  } catch {
    return null // Malformed escapes in the request.
  }
}

/**
 * Whether the request's host is an IP address or a name of this machine. Otherwise a foreign name that resolves to this
 * machine (DNS rebinding) would let its pages read the notebook.
 */
function isOurs(asked: string | undefined, host: string): boolean {
  if (asked === undefined) return false
  const name = asked
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase()
  const own = ['localhost', host, hostname(), `${hostname()}.local`].map(n => n.toLowerCase())
  return isIP(name) > 0 || own.includes(name)
}

/**
 * Listens on `port`; with null, on the default port or any free one. @returns the address to open
 * @throws {Failure} if the given port is taken, or the host is not an address of this machine
 */
export async function listenOn(server: Server, host: string, port: number | null): Promise<string> {
  const tries = port === null ? [DEFAULT_PORT, 0] : [port]
  for (const [i, asked] of tries.entries()) {
    const error = await tryPort(server, host, asked)
    if (error === null) break
    if (error.code === 'EADDRINUSE' && i + 1 < tries.length) continue
    const advice = 'Choose another --port, or omit it for any free one; --host must be an address of this machine.'
    throw new Failure(`Cannot listen on ${host}:${asked}: ${error.message}.`, advice, { cause: error })
  }
  const { port: got } = server.address() as AddressInfo
  const name = ['0.0.0.0', '::'].includes(host) ? 'localhost' : host
  return `http://${isIP(name) === 6 ? `[${name}]` : name}:${got}/`
}

const DEFAULT_PORT = 4321

async function tryPort(server: Server, host: string, port: number): Promise<NodeJS.ErrnoException | null> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
    return null
  } catch (error) {
    return error as NodeJS.ErrnoException
  }
}
