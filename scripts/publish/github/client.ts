/** GitHub's API by Octokit, with its rules of time, and each refusal as one Failure. */
import { Octokit } from '@octokit/core'
import { z } from 'zod'
import { Failure } from '../../lib/errors.ts'
import type { Terminal } from '../../lib/terminal/terminal.ts'
import { sanitizeText } from '../../lib/text.ts'
import { type Answer, graphqlData, kindOf, messageOf, typeOf } from './answer.ts'
import { hostOf } from './api.ts'
import type { Clock } from './clock.ts'
import { failureOf, LostAnswer, notAnApi } from './errors.ts'
import { createPacer, type Sent } from './pace.ts'

export type Variables = Record<string, unknown>

export interface GitHub {
  /** Root of the REST API. */
  api: string
  /** The host that people see, e.g. "github.com". */
  host: string
  clock: Clock
  /**
   * Sends a GraphQL query. What GitHub does not find is null in the result.
   * @param what after "refused to", e.g. "read the repository my-lab/research"
   * @throws {GitHubFailure} when it is refused, or GitHub cannot be reached
   */
  query<T>(what: string, document: string, variables: Variables, schema: z.ZodType<T>): Promise<T>
  /**
   * Sends a GraphQL mutation once.
   * @throws {LostAnswer} when it may or may not have taken effect: see `writeOnce`
   * @throws {GitHubFailure} when it is refused
   */
  mutate<T>(what: string, document: string, variables: Variables, schema: z.ZodType<T>): Promise<T>
  /**
   * Sends a REST request. All methods but GET are writes, which are sent once.
   * @param route as Octokit takes it, e.g. "GET /repos/{owner}/{repo}/pulls"
   * @param schema of the answer's body
   * @throws {LostAnswer} as `mutate`
   * @throws {GitHubFailure} with its status when it is refused
   */
  rest<T>(what: string, route: string, parameters: Variables, schema: z.ZodType<T>): Promise<T>
}

export interface GitHubOptions {
  /** From `readApi`. */
  api: string
  token: string
  clock: Clock
  terminal: Pick<Terminal, 'live' | 'step'>
}

/** Milliseconds after which an answer counts as lost. */
const TIMEOUT = 60_000

interface Request {
  what: string
  route: string
  parameters: Variables
  isWrite: boolean
  isGraphql: boolean
}

export function openGitHub({ api, token, clock, terminal }: GitHubOptions): GitHub {
  const host = hostOf(api)
  const octokit = new Octokit({ auth: token, baseUrl: api, userAgent: 'nightshift', log: quiet })
  const pace = createPacer(clock, terminal, host)
  const graphqlRoute = `POST ${api.replace(/\/api\/v3$/, '/api')}/graphql`

  async function run<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
    const resource = request.isGraphql ? 'graphql' : 'rest'
    const value = await pace({ isWrite: request.isWrite, resource }, () => sendOnce(request))
    const read = schema.safeParse(value)
    if (read.success) return read.data
    const issue = read.error.issues[0]
    throw new Failure(
      `${host} gave an unexpected answer when asked to ${request.what}: ${issue?.path.join('.') || 'the answer'}: ${issue?.message}.`,
      'Check --api: it must be the root of the REST API of a GitHub that has this.',
    )
  }

  async function sendOnce({ what, route, parameters, isWrite, isGraphql }: Request): Promise<Sent<unknown>> {
    const answer = await answerTo(route, parameters)
    const { status, headers } = answer
    const kind = kindOf(answer, isGraphql)
    if (kind === 'fine') return { kind: 'answered', headers, value: isGraphql ? graphqlData(answer) : answer.data }
    if (kind === 'limited') return { kind, headers }
    const clean = (text: string) => sanitizeText(text.replaceAll(token, '[key]'), 400)
    if (kind === 'refused')
      throw failureOf(what, host, { status, type: typeOf(answer), message: clean(messageOf(answer)), headers })
    // Anything below 500 is an answer that GitHub could not end.
    const isCut = status !== null && status < 500
    const message = isCut ? 'it broke off' : clean(messageOf(answer))
    const isPage = isCut && !/json/i.test(String(headers['content-type']))
    const failure = isPage
      ? notAnApi(host)
      : failureOf(what, host, { status: isCut ? null : status, type: null, message, headers })
    return { kind, headers, error: isWrite ? new LostAnswer(failure.message, failure.advice, failure.status) : failure }
  }

  /** Octokit's errors hold the whole request, so they go no further than this. */
  async function answerTo(route: string, parameters: Variables): Promise<Answer> {
    try {
      const request = { signal: AbortSignal.timeout(TIMEOUT) }
      const { status, headers, data } = await octokit.request(route, { ...parameters, request })
      return { status, headers, data, problem: '' }
    } catch (error) {
      const { response, message } = thrown.parse(error)
      if (response) return { ...response, problem: '' }
      return { status: null, headers: {}, data: null, problem: message }
    }
  }

  const graphql = (isWrite: boolean): GitHub['query'] => {
    return (what, query, variables, schema) => {
      const parameters = { query, variables }
      return run({ what, route: graphqlRoute, parameters, isWrite, isGraphql: true }, schema)
    }
  }
  return {
    api,
    host,
    clock,
    query: graphql(false),
    mutate: graphql(true),
    rest: (what, route, parameters, schema) =>
      run({ what, route, parameters, isWrite: !route.startsWith('GET '), isGraphql: false }, schema),
  }
}

/** What an error of Octokit is read for: with a response GitHub answered, without the network failed. */
const thrown = z.object({
  message: z.string(),
  response: z
    .object({
      status: z.number(),
      headers: z.record(z.string(), z.union([z.string(), z.number()]).optional()),
      data: z.unknown(),
    })
    .optional(),
})

const nothing = () => {}
const quiet = { debug: nothing, info: nothing, warn: nothing, error: nothing }
