/**
 * A GitHub of a test, on this machine: bare repositories that git pushes to over HTTP, and the REST API of pull requests.
 * Every request and answer of the API is checked against GitHub's published description.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type Finished, scratch } from '../../../helpers/throwaway.ts'
import { serveGit } from './gitHttp.ts'
import { graphqlAnswer } from './graphql.ts'
import { type Answer, handlers } from './handlers.ts'
import { answerProblems, operationOf, requestProblems } from './openapi.ts'

export interface Repository {
  owner: string
  name: string
  /** Bare. */
  path: string
  parent: Repository | null
  visibility: 'public' | 'private'
  isArchived: boolean
  /** Whether the token may add labels. */
  triage: boolean
  /** Whether its files are Nightshift's. */
  isNightshift: boolean
  /** Whether its plan has no draft pull requests. */
  isFree: boolean
  /** Whether the names of its templates are given with their folders. */
  hasTemplatePaths?: boolean
  labels: string[]
}

export interface Pull {
  repository: Repository
  head: Repository
  number: number
  branch: string
  into: string
  title: string
  body: string
  state: 'open' | 'closed'
  merged: boolean
  draft: boolean
  labels: string[]
  /** Login of who opened it. */
  author: string
  comments: { id: number; body: string; author: string }[]
}

export interface State {
  address: string
  token: string
  /** Login of the token's account. */
  viewer: string
  repositories: Repository[]
  pulls: Pull[]
}

/** What the server does instead of, or after, answering a request. */
export type Play =
  | { kind: 'answer'; status: number; headers?: Record<string, string>; body: unknown }
  /** Does what was asked for, and breaks the connection. */
  | { kind: 'lost' }
  /** Does what was asked for twice: the first answer is lost on the way. */
  | { kind: 'twice' }
  /** Answers that it did what was asked for, and keeps the old text. */
  | { kind: 'keep-old' }

export interface FakeGitHub extends State {
  api: string
  /** "POST /repos/o/r/pulls → 201" for each request of the API, in order. */
  log: string[]
  /** What was wrong with a request or an answer by GitHub's description. */
  wrong: string[]
  /** User and password that a push needs; null: none. */
  login: { user: string; password: string } | null
  /** Plays this at the next request of that kind, e.g. "POST /repos/{owner}/{repo}/pulls". */
  play(operation: string, what: Play): void
  add(name: string, given?: Partial<Omit<Repository, 'owner' | 'name' | 'path'>>): Repository
  /** The commit of a branch; null without it. */
  commitOf(repository: Repository, branch: string): string | null
  /** Address for git. */
  remoteOf(repository: Repository): string
}

export async function startGitHub(finished?: Finished): Promise<FakeGitHub> {
  const folder = await scratch(finished)
  const plays: [operation: string, what: Play][] = []
  const server = createServer((request, response) => void serve(request, response))
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const address = `http://127.0.0.1:${port}`
  finished?.(() => {
    server.close().closeAllConnections()
  })
  const github: FakeGitHub = {
    address,
    api: `${address}/api/v3`,
    token: 'test-token-of-nobody',
    viewer: 'a-person',
    repositories: [],
    pulls: [],
    log: [],
    wrong: [],
    login: null,
    play: (operation, what) => void plays.push([operation, what]),
    add: (full, given = {}) => {
      const [owner = '', name = ''] = full.split('/')
      const path = join(folder, owner, `${name}.git`)
      mkdirSync(path, { recursive: true })
      execFileSync('git', ['init', '-q', '--bare', '-b', 'main', path])
      execFileSync('git', ['config', 'http.receivepack', 'true'], { cwd: path })
      const plain = {
        parent: null,
        visibility: 'private',
        isArchived: false,
        triage: true,
        isNightshift: false,
        isFree: false,
      } as const
      const made = { ...plain, labels: ['bug', 'autoresearch'], ...given, owner, name, path }
      github.repositories.push(made)
      return made
    },
    commitOf: ({ path }, branch) => revision(path, `refs/heads/${branch}`),
    remoteOf: ({ owner, name }) => `${address}/${owner}/${name}.git`,
  }
  return github

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', address)
    if (!url.pathname.startsWith('/api/')) return git(request, response)
    const text = await bodyOf(request)
    const body = text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>)
    if (
      request.headers.authorization !== `token ${github.token}` &&
      request.headers.authorization !== `bearer ${github.token}`
    )
      return send(response, { status: 401, body: { message: 'Bad credentials', documentation_url: '' } })
    if (url.pathname === '/api/graphql') {
      const answer = graphqlAnswer(github, body ?? {})
      github.wrong.push(...answer.wrong)
      return send(response, { status: 200, body: answer.body })
    }
    return rest(url, request.method ?? '', body, response)
  }

  async function rest(url: URL, method: string, body: Record<string, unknown> | undefined, response: ServerResponse) {
    const path = url.pathname.slice('/api/v3'.length)
    const match = operationOf(method, path)
    if (match === null) {
      github.wrong.push(`GitHub has no ${method} ${path}`)
      return send(response, { status: 404, body: { message: 'Not Found' } })
    }
    github.wrong.push(...requestProblems(match, url.searchParams, body))
    const at = plays.findIndex(([operation]) => operation === match.name)
    const played = at < 0 ? null : plays.splice(at, 1)[0]?.[1]
    const handler = handlers[match.name]
    if (handler === undefined) github.wrong.push(`the test has no ${match.name}`)
    const call = {
      values: match.values,
      query: url.searchParams,
      body: body ?? {},
      keepsOld: played?.kind === 'keep-old',
    }
    if (played?.kind === 'twice') handler?.(github, call)
    const answer: Answer = played?.kind === 'answer' ? played : (handler?.(github, call) ?? { status: 404, body: {} })
    github.wrong.push(...answerProblems(match, answer.status, answer.body))
    github.log.push(`${method} ${path} → ${played?.kind === 'lost' ? 'lost' : answer.status}`)
    if (played?.kind === 'lost') return void response.destroy()
    send(response, answer)
  }

  function git(request: IncomingMessage, response: ServerResponse): void {
    const { login } = github
    const given = Buffer.from(String(request.headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString()
    if (login !== null && given !== `${login.user}:${login.password}`) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end()
      return
    }
    serveGit(folder, request, response, login?.user ?? 'somebody')
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

function send(response: ServerResponse, { status, headers = {}, body }: Answer): void {
  const text = body === null ? '' : JSON.stringify(body)
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', ...headers }).end(text)
}

/** The commit of a revision; null without it. */
export function revision(path: string, name: string): string | null {
  try {
    return execFileSync('git', ['rev-parse', '--verify', '--quiet', `${name}^{commit}`], { cwd: path })
      .toString()
      .trim()
  } catch {
    return null
  }
}
