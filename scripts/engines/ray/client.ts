/** Calls of Ray's dashboard over HTTP, as Ray's own client makes them. */
import { readFile } from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Failure } from '../../lib/errors.ts'
import { sanitizeText } from '../../lib/text.ts'

export interface RayClient {
  /** Without a slash at its end. */
  address: string
  /**
   * @param path from the address, encoded
   * @param body text is sent as JSON @param seconds after which the call fails
   * @returns status and body, whatever the status is, but for those of a login
   * @throws {Failure} when the dashboard does not answer, or wants another key
   */
  call(
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    path: string,
    body?: string | Buffer,
    seconds?: number,
  ): Promise<Answer>
}

export interface Answer {
  status: number
  body: Buffer
}

/** The most bytes of an answer that are taken. */
const most = 2 ** 28

/**
 * @param given `engine.address` of program.md; null: what Ray's own variables name
 * @throws {Failure} for what is no address of a dashboard, and for headers that are none
 */
export function openClient(given: string | null, env: NodeJS.ProcessEnv = process.env): RayClient {
  const { address, from } = addressOf(given, env)
  const own = headersOf(env)
  return {
    address,
    async call(method, path, body, seconds = 30) {
      const headers = { ...own, ...(await tokenOf(own, env)) }
      if (body !== undefined)
        Object.assign(headers, {
          'Content-Type': typeof body === 'string' ? 'application/json' : 'application/octet-stream',
        })
      let answer: Answer
      try {
        answer = await request(`${address}${path}`, { method, headers, body, seconds })
      } catch (error) {
        throw new Failure(
          `Ray's dashboard at ${address} does not answer: ${reasonOf(error)}.`,
          `Is the cluster up, and the address right? It comes from ${from}.`,
          { cause: error },
        )
      }
      const { status } = answer
      if (status === 401 || status === 403)
        throw new Failure(
          `Ray's dashboard at ${address} refuses the session: ${status} ${sanitizeText(answer.body.toString('utf8'), 200)}`.trimEnd(),
          'Set RAY_AUTH_TOKEN to its token, or RAY_JOB_HEADERS to the headers that it wants, as JSON: {"Authorization": "Bearer …"}.',
        )
      if (status >= 300 && status < 400)
        throw new Failure(
          `Ray's dashboard at ${address} sends elsewhere (${status}), as a login page does.`,
          'Set RAY_JOB_HEADERS to the headers that let a program in, or reach it by `kubectl port-forward` or `ssh -L`.',
        )
      return answer
    },
  }
}

function addressOf(given: string | null, env: NodeJS.ProcessEnv): { address: string; from: string } {
  const variable = ['RAY_API_SERVER_ADDRESS', 'RAY_ADDRESS'].find(name => env[name])
  const [text, from] =
    given !== null
      ? [given, '`engine.address` of program.md']
      : variable !== undefined
        ? [env[variable] ?? '', variable]
        : ['http://127.0.0.1:8265', 'Ray itself, as neither `engine.address` nor RAY_ADDRESS names one']
  if (!/^https?:\/\/[^\s?#]+$/.test(text))
    throw new Failure(
      `${from} is "${sanitizeText(text, 100)}", and must be the address of Ray's dashboard.`,
      'Such as http://127.0.0.1:8265: `ray start` prints it. A port of Ray itself (6379, 10001) is no dashboard.',
    )
  return { address: text.replace(/\/+$/, ''), from }
}

/** RAY_JOB_HEADERS, as `ray job submit` has it. */
function headersOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const text = env.RAY_JOB_HEADERS
  if (!text) return {}
  try {
    const entries = Object.entries(JSON.parse(text) as object)
    if (entries.every(([, value]) => typeof value === 'string')) return Object.fromEntries(new Headers(entries))
  } catch {
    // Said below.
  }
  throw new Failure(
    'RAY_JOB_HEADERS holds no headers.',
    'It takes JSON, as for `ray job submit`: {"Authorization": "Bearer …"}.',
  )
}

/** Of a cluster with token authentication; looked up for each call, as it may be a new one. */
async function tokenOf(headers: Record<string, string>, env: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  if (headers.authorization !== undefined) return {}
  const isWanted = env.RAY_AUTH_MODE === 'token'
  const path = env.RAY_AUTH_TOKEN_PATH || (isWanted ? join(homedir(), '.ray/auth_token') : null)
  const token = env.RAY_AUTH_TOKEN || (path === null ? '' : await readFile(path, 'utf8').catch(() => ''))
  return token.trim() === '' ? {} : { authorization: `Bearer ${token.trim()}` }
}

interface Question {
  method: string
  headers: Record<string, string>
  body: string | Buffer | undefined
  seconds: number
}

/** Not by `fetch`: that says that it is a browser (Sec-Fetch-Mode), from which Ray's dashboard takes no PUT and no POST. */
function request(url: string, { method, headers, body, seconds }: Question): Promise<Answer> {
  const { request: start } = url.startsWith('https:') ? https : http
  const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
  return new Promise((done, fail) => {
    const signal = AbortSignal.timeout(1000 * seconds)
    // One that is kept open may be closed there at that moment.
    const agent = false
    const sent = start(url, { method, headers: { ...headers, ...length }, signal, agent }, response => {
      const parts: Buffer[] = []
      let size = 0
      response.on('data', (part: Buffer) => {
        size += part.length
        if (size > most) response.destroy(new Error(`it sends more than ${most} bytes`))
        else parts.push(part)
      })
      response.on('end', () => done({ status: response.statusCode ?? 0, body: Buffer.concat(parts) }))
      response.on('error', fail)
    })
    sent.on('error', error => fail(signal.aborted ? new Error(`no answer within ${seconds} s`) : error))
    sent.end(body)
  })
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // Of several addresses of a host, none answered: only the causes have words.
  const first = error instanceof AggregateError ? error.errors[0] : error
  return sanitizeText(first instanceof Error ? first.message : String(first), 200)
}
