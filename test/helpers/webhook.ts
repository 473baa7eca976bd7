/** A webhook on this machine: a real HTTP server that keeps what it gets and answers as a test wants. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Finished } from './throwaway.ts'

export interface Got {
  path: string
  headers: IncomingHttpHeaders
  body: string
}

export interface Hook {
  /** "http://127.0.0.1:1234". */
  origin: string
  /** A path that nobody may guess. */
  address: string
  got: Got[]
}

/** @param answer called with what came and how many came before; must end the response, or not */
export async function webhook(
  answer: (response: ServerResponse, got: Got, before: number) => void = response => response.end('ok'),
  finished: Finished = onTestFinished,
): Promise<Hook> {
  const got: Got[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (part: string) => (body += part))
    request.on('end', () => {
      const one = { path: request.url ?? '', headers: request.headers, body }
      got.push(one)
      answer(response, one, got.length - 1)
    })
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  finished(
    () =>
      new Promise<void>(done => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  )
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { origin, address: `${origin}/services/T0001/s3cret-of-the-channel`, got }
}

/** The origin of a server that is no longer there. */
export async function closedPort(): Promise<string> {
  const server = createServer()
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise<void>(done => server.close(() => done()))
  return `http://127.0.0.1:${port}`
}
