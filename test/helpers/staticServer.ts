/** A folder of pages as a host shows it: under a path, and 404.html for what is not there. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import sirv from 'sirv'

/** @param base with a slash at both ends @returns the address of its root, without the slash at the end */
export async function served(out: string, base = '/'): Promise<{ root: string; close: () => void }> {
  const pages = sirv(out, { dev: true })
  const nothing = await readFile(join(out, '404.html'))
  const server = createServer((request, response) => {
    const missing = () => {
      response.writeHead(404, { 'content-type': 'text/html' }).end(nothing)
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
