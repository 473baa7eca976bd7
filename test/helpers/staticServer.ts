/** Serves a folder of pages like a static host: under a base path, with 404.html for missing pages. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import sirv from 'sirv'

/** @param base path with a slash at both ends @returns `root`: its address without a final slash */
export async function startStaticServer(out: string, base = '/'): Promise<{ root: string; close: () => void }> {
  const pages = sirv(out, { dev: true })
  const notFound = await readFile(join(out, '404.html'))
  const server = createServer((request, response) => {
    const missing = () => {
      response.writeHead(404, { 'content-type': 'text/html' }).end(notFound)
    }
    if (request.url?.startsWith(base)) {
      request.url = request.url.slice(base.length - 1)
      pages(request, response, missing)
    } else missing()
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return { root: `http://127.0.0.1:${port}${base}`.replace(/\/$/, ''), close: () => server.close() }
}
