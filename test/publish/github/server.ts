/** A GitHub on this machine, by its published schema, which also refuses, loses answers and keeps old texts when told to. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createYoga } from 'graphql-yoga'
import type { Clock } from '../../../scripts/publish/github/clock.ts'
import { type Context, githubSchema } from './schema.ts'
import type { Repository, Token } from './store.ts'

/** What happens to a request instead of the usual. */
export type Fault =
  /** Answered without being done. */
  | { kind: 'answer'; status: number; headers?: Record<string, string>; body?: unknown }
  /** Done, but the connection breaks before the answer, or in it, or a gateway answers 502. */
  | { kind: 'lost' | 'cut' | 'gateway' }
  /** The connection breaks, and it is done so many ms later. */
  | { kind: 'late'; milliseconds: number; clock: { after(milliseconds: number, act: () => void): void } }
  /** The connection breaks, and nothing is done. */
  | { kind: 'dropped' }
  /** Answered as if it were done, but the old text stays. */
  | { kind: 'keep' }

export interface GitHubServer {
  /** Root of the REST API. */
  api: string
  repositories: Repository[]
  tokens: Record<string, Token>
  /** A line for each request, with the time of `clock`. */
  log: string[]
  /** Times of the writes, in ms. */
  writes: { operation: string; at: number }[]
  /** The next requests with this operation of GraphQL go wrong like this, one after another. */
  fail(operation: string, ...faults: Fault[]): void
  /** Forgets all but the schema. */
  reset(clock: Clock): void
  close(): Promise<void>
}

export async function startGitHub(): Promise<GitHubServer> {
  const yoga = createYoga<Context>({ schema: githubSchema(), maskedErrors: false, logging: false, graphiql: false })
  const faults = new Map<string, Fault[]>()
  let clock: Clock = { now: Date.now, wait: async () => {} }
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      github.log.push(`error: ${String(error)}`)
      response.destroy()
    })
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const web = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await textOf(request)
    const { query = '' } = JSON.parse(text) as { query?: string }
    const [, kind = '', operation = ''] = /^(query|mutation) (\w+)/.exec(query) ?? []
    const isWrite = kind === 'mutation'
    const fault = faults.get(operation)?.shift()
    const say = (what: string) =>
      github.log.push(`${new Date(clock.now()).toISOString().slice(11, 23)}  ${kind} ${operation}: ${what}`)
    if (isWrite) github.writes.push({ operation, at: clock.now() })
    const token = github.tokens[/^(?:token|bearer) (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '']
    const headers = { 'content-type': 'application/json; charset=utf-8', date: new Date(clock.now()).toUTCString() }
    const send = (status: number, body: string, more: Record<string, string> = {}) => {
      response.writeHead(status, { ...headers, ...more })
      response.end(body)
    }
    if (request.url !== '/api/graphql') return send(404, '{"message":"Not Found"}')
    if (!token) {
      say('401')
      return send(401, '{"message":"Bad credentials"}')
    }
    if (fault?.kind === 'answer') {
      say(`${fault.status} ${JSON.stringify({ ...fault.headers })}`)
      return send(
        fault.status,
        typeof fault.body === 'string' ? fault.body : JSON.stringify(fault.body ?? {}),
        fault.headers,
      )
    }
    if (fault?.kind === 'dropped') {
      say('connection broken before it was done')
      return void response.destroy()
    }
    const context = { token, repositories: github.repositories, web, now: clock.now, keepsOld: fault?.kind === 'keep' }
    if (fault?.kind === 'late') {
      say(`connection broken, done ${fault.milliseconds} ms later`)
      fault.clock.after(fault.milliseconds, () => void run(text, context))
      return void response.destroy()
    }
    const body = await run(text, context)
    if (fault?.kind === 'lost' || fault?.kind === 'cut') {
      say(`done, ${fault.kind === 'lost' ? 'connection broken before the answer' : 'connection broken in the answer'}`)
      if (fault.kind === 'cut') {
        response.writeHead(200, { ...headers, 'content-length': String(body.length) })
        response.write(body.slice(0, body.length / 2))
        await new Promise(done => setImmediate(done))
      }
      return void response.destroy()
    }
    if (fault?.kind === 'gateway') {
      say('done, 502 of a gateway')
      return send(502, '<html>Bad Gateway</html>', { 'content-type': 'text/html' })
    }
    const { errors } = JSON.parse(body) as { errors?: { type?: string; message: string }[] }
    say(`200${errors ? ` ${errors[0]?.type ?? ''} ${errors[0]?.message}` : ''}${fault ? ' (the old text stays)' : ''}`)
    send(200, body)
  }

  /** GitHub has the type of an error beside its message. */
  async function run(body: string, context: Context): Promise<string> {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
    const result = (await (await yoga.fetch(`${web}/graphql`, init, context)).json()) as {
      errors?: { extensions?: { type?: string } }[]
    }
    const errors = result.errors?.map(({ extensions, ...error }) => ({ type: extensions?.type, ...error }))
    return JSON.stringify(errors ? { ...result, errors } : result)
  }

  const github: GitHubServer = {
    api: `${web}/api/v3`,
    repositories: [],
    tokens: {},
    log: [],
    writes: [],
    fail: (operation, ...more) => void faults.set(operation, [...(faults.get(operation) ?? []), ...more]),
    reset: given => {
      clock = given
      faults.clear()
      github.repositories = []
      github.tokens = {}
      github.log = []
      github.writes = []
    },
    close: () =>
      new Promise(done => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
  return github
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}
